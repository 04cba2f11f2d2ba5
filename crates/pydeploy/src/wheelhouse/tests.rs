//! Wheels that are downloaded, and a server that misbehaves.

mod build;
mod fetch;
mod kill;
mod server;
