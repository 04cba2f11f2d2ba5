//! Servers that start or end in a way of their own.

/// Servers that start or end in a way of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// Says when it is ready.
    Gunicorn,
    /// Says when it is ready. It drops requests when it is told to stop; what lets them finish is a reload, by `SIGHUP`,
    /// that ends instead of beginning again, which [`Server::UWSGI_EXIT`] asks for.
    Uwsgi,
    /// Any other program.
    Other,
}

impl Server {
    /// The variable that makes uWSGI end at a reload.
    pub(crate) const UWSGI_EXIT: (&str, &str) = ("UWSGI_EXIT_ON_RELOAD", "true");

    /// Which one a command runs.
    pub(crate) fn of(command: &[String]) -> Self {
        match command.first().map(String::as_str) {
            Some("gunicorn") => Self::Gunicorn,
            Some("uwsgi" | "pyuwsgi") => Self::Uwsgi,
            _ => Self::Other,
        }
    }
}
