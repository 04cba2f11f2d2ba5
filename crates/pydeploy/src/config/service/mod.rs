//! What a release runs: `[tool.pydeploy.service]`, once or several times.

mod error;
mod name;
#[cfg(feature = "artifact")]
mod server;
mod table;

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;

use super::{PackageName, Schedule};
pub use error::ServicesError;
pub use name::{ParseServiceNameError, ServiceName};
#[cfg(feature = "artifact")]
pub(crate) use server::Server;
pub(super) use table::{Tables, services};

/// The services of a project: at least one, every name and every address once.
///
/// ```
/// use pydeploy::config::{Service, Services, Start};
///
/// let site = Service::new(["gunicorn", "site.wsgi"], Start::Socket(([127, 0, 0, 1], 8000).into()));
/// let worker = Service::new(["celery", "--app=site", "worker"], Start::Boot).named("worker".parse()?);
/// let services = Services::new(vec![site, worker])?;
/// let units: Vec<_> = services.iter().map(|service| service.unit(&"site".parse().unwrap())).collect();
/// assert_eq!(units, ["site", "site-worker"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services(Vec<Service>);

/// A process of a release: one that runs all the time, or one that runs at certain times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name; the main service has none.
    pub name: Option<ServiceName>,
    /// Program and arguments. The program is a console script of the environment (or `python`); arguments can hold
    /// `{app}`, `{etc}`, `{static}`, `{state}` and `{venv}`.
    pub command: Vec<String>,
    /// What makes it run.
    pub start: Start,
    /// Whether a package brings an init script too, for machines without systemd.
    pub sysv: bool,
}

/// What makes a service run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// It runs from the machine's start on, behind a socket that listens there.
    Socket(SocketAddr),
    /// It runs from the machine's start on.
    Boot,
    /// It runs at these times and ends by itself.
    Schedule(Schedule),
}

impl Services {
    /// Services that do not contradict each other, in the order in which they are started and listed.
    ///
    /// # Errors
    ///
    /// When there is none, one has no command, or two have the same name or address.
    pub fn new(services: Vec<Service>) -> Result<Self, ServicesError> {
        let (mut names, mut addresses) = (BTreeSet::new(), BTreeSet::new());
        for service in &services {
            let words = || service.to_string();
            if service.command.first().is_none_or(String::is_empty) {
                return Err(ServicesError::Command { service: words() });
            }
            if !names.insert(service.name.as_ref()) {
                return Err(ServicesError::Twice { service: words() });
            }
            if let Some(address) = service.listen().filter(|address| !addresses.insert(*address)) {
                let service = words();
                return Err(ServicesError::Address { service, address });
            }
        }
        match services.is_empty() {
            true => Err(ServicesError::None),
            false => Ok(Self(services)),
        }
    }

    /// The services, as the project lists them.
    pub fn iter(&self) -> std::slice::Iter<'_, Service> {
        self.0.iter()
    }

    /// The service without a name, whose units are called like the package.
    #[must_use]
    pub fn main(&self) -> Option<&Service> {
        self.iter().find(|service| service.name.is_none())
    }
}

impl<'a> IntoIterator for &'a Services {
    type Item = &'a Service;
    type IntoIter = std::slice::Iter<'a, Service>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Service {
    /// The main service.
    pub fn new<W: Into<String>>(command: impl IntoIterator<Item = W>, start: Start) -> Self {
        let command = command.into_iter().map(Into::into).collect();
        Self {
            name: None,
            command: with_state_file(command),
            start,
            sysv: false,
        }
    }

    /// The same with a name.
    #[must_use]
    pub fn named(mut self, name: ServiceName) -> Self {
        self.name = Some(name);
        self
    }

    /// Where it listens, if it does.
    #[must_use]
    pub fn listen(&self) -> Option<SocketAddr> {
        match self.start {
            Start::Socket(address) => Some(address),
            Start::Boot | Start::Schedule(_) => None,
        }
    }

    /// When it runs, if that is at certain times.
    #[must_use]
    pub fn schedule(&self) -> Option<&Schedule> {
        match &self.start {
            Start::Schedule(schedule) => Some(schedule),
            Start::Boot | Start::Socket(_) => None,
        }
    }

    /// What its units are called, without a suffix: `guestbook`, `guestbook-worker`.
    #[must_use]
    pub fn unit(&self, package: &PackageName) -> String {
        match &self.name {
            Some(name) => format!("{package}-{name}"),
            None => package.to_string(),
        }
    }
}

/// In messages: the service `worker`, the main service.
impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "the service `{name}`"),
            None => f.write_str("the main service"),
        }
    }
}

/// celery's beat keeps the times of its tasks in a file, which it would make in the application's folder: that one is
/// not its own, and a new one for each release.
fn with_state_file(mut command: Vec<String>) -> Vec<String> {
    let has = |words: &[&str]| command.iter().any(|word| words.contains(&word.as_str()));
    let beat = has(&["celery"]) && (has(&["beat"]) || has(&["worker"]) && has(&["--beat", "-B"]));
    // The longer `--scheduler` names another keeper of the times.
    let chosen = |word: &String| word.starts_with("-s") || word.starts_with("--schedule");
    if beat && !command.iter().any(chosen) {
        command.push("--schedule={state}/celerybeat-schedule".to_owned());
    }
    command
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    fn read(text: &str) -> Result<Services, String> {
        #[derive(Deserialize)]
        struct Document {
            service: Tables,
        }
        let document: Document = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        services(document.service).map_err(|error| error.to_string())
    }

    fn described(services: &Services) -> Vec<String> {
        let package = "site".parse().unwrap();
        let one = |service: &Service| format!("{}: {:?}", service.unit(&package), service.start);
        services.iter().map(one).collect()
    }

    #[test]
    fn one_table_is_the_main_service() {
        let one = read("[service]\ncommand = ['gunicorn']\n").unwrap();
        assert_eq!(described(&one), ["site: Socket(127.0.0.1:8000)"]);
        assert_eq!(one.main(), one.iter().next());
        let list = read("[[service]]\ncommand = ['gunicorn']\n").unwrap();
        assert_eq!(one, list);
    }

    #[test]
    fn several_tables_are_several_services() {
        let services = read(
            "[[service]]\nname = 'api'\ncommand = ['uvicorn']\nlisten = '[::1]:9000'\n\
             [[service]]\ncommand = ['gunicorn']\n\
             [[service]]\nname = 'worker'\ncommand = ['celery']\nsysv = true\n\
             [[service]]\nname = 'tidy-up'\ncommand = ['python']\nschedule = 'daily'\n",
        );
        let services = services.unwrap();
        assert_eq!(
            described(&services),
            [
                "site-api: Socket([::1]:9000)",
                "site: Socket(127.0.0.1:8000)",
                "site-worker: Boot",
                "site-tidy-up: Schedule(Schedule(\"daily\"))",
            ]
        );
        assert_eq!(services.main().unwrap().command, ["gunicorn"]);
        assert!(services.iter().nth(2).unwrap().sysv);
    }

    #[test]
    fn services_that_contradict_each_other_are_refused() {
        let one = |text: &str| format!("[[service]]\ncommand = ['a']\n{text}\n");
        for (text, says) in [
            ("service = []".to_owned(), "there is no service"),
            ("[service]".to_owned(), "the main service has an empty `command`"),
            (
                "[service]\ncommand = ['']".to_owned(),
                "the main service has an empty `command`",
            ),
            (one("") + &one(""), "the main service is there twice"),
            (one("name = 'a'") + &one("name = 'a'"), "the service `a` is there twice"),
            (
                one("") + &one("name = 'a'\nlisten = '127.0.0.1:8000'"),
                "the service `a` listens on 127.0.0.1:8000, where another one does",
            ),
            (
                one("listen = '127.0.0.1:1'\nschedule = 'daily'"),
                "the main service has both `listen` and `schedule`",
            ),
            (
                one("name = 'a'\nschedule = 'daily'\nsysv = true"),
                "the service `a` has both `sysv` and `schedule`",
            ),
        ] {
            assert_eq!(read(&text).unwrap_err(), says, "{text}");
        }
    }

    #[test]
    fn values_that_cannot_be_are_refused_where_they_stand() {
        for (text, says) in [
            ("name = 'A b'", "`A b` is no service's name"),
            ("name = ''", "`` is no service's name"),
            ("schedule = 'every day'", "`every day` is no calendar of a timer"),
            ("listen = 'here'", "invalid socket address"),
            ("port = 1", "unknown field `port`"),
        ] {
            let error = read(&format!("[[service]]\ncommand = ['a']\n{text}\n")).unwrap_err();
            assert!(error.starts_with(says), "{error}");
        }
        assert!(
            read("service = 'gunicorn'")
                .unwrap_err()
                .contains("a service's table, or several")
        );
    }

    #[test]
    fn the_state_of_celery_beat_lies_with_the_data() {
        let check = |words: &str, expected: &str| {
            let service = Service::new(words.split(' '), Start::Boot);
            assert_eq!(service.command.join(" "), expected);
        };
        check(
            "celery -A site beat",
            "celery -A site beat --schedule={state}/celerybeat-schedule",
        );
        check(
            "celery -A site worker -B",
            "celery -A site worker -B --schedule={state}/celerybeat-schedule",
        );
        for same in [
            "celery -A site worker",
            "celery -A site beat -s /tmp/x",
            "celery -A site beat --schedule /tmp/x",
            "celery -A site beat --scheduler django_celery_beat.schedulers:DatabaseScheduler",
            "beat worker",
        ] {
            check(same, same);
        }
    }
}
