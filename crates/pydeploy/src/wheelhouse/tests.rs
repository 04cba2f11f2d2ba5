//! Wheels that are downloaded, and a server that misbehaves.

mod fetch;
mod outdated;
mod server;
