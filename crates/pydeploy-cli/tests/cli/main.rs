//! The command line as a user or a script meets it: arguments and input, exit status, both outputs.

mod artifact;
mod context;
mod docs;
mod hostile;
mod lock;
mod version;
mod waive;
mod wheel;
