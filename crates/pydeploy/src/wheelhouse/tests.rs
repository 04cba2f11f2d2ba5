//! Locks that are read, wheels that are chosen, and a server that misbehaves.

mod fetch;
mod kill;
mod lock;
mod server;
