//! Wheels that are downloaded, and a server that misbehaves.

mod fetch;
mod locate;
mod outdated;
mod server;
