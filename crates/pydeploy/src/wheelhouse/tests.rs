//! Wheels that are downloaded, and a server that misbehaves.

mod fetch;
mod kill;
mod server;
