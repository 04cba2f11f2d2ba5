//! Changelogs that are damaged, large or real, and what dpkg says about them.
//!
//! The comparisons with dpkg run where it is installed. `PYDEPLOY_ORACLE=1` makes a missing tool a failure.

mod cases;
mod damage;
mod hostile;
#[path = "../oracle/need.rs"]
mod need;
mod oracle;
mod real;
