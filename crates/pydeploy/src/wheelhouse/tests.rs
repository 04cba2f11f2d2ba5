//! Wheels that are downloaded, and a server that misbehaves.

mod build;
mod by_hash;
mod fetch;
mod kill;
mod outdated;
mod server;
