//! What a release runs: `[tool.pydeploy.service]`, once or several times.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{PackageName, Schedule};

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

/// The name of a service beside the main one: lower-case letters, digits, `-` and `_`, a letter or a digit first, 40
/// characters at most. Its units are called `PACKAGE-NAME`.
///
/// ```
/// use pydeploy::config::ServiceName;
///
/// let name: ServiceName = "worker".parse()?;
/// assert_eq!(name.as_str(), "worker");
/// assert!("worker@2".parse::<ServiceName>().is_err());
/// # Ok::<(), pydeploy::config::ParseServiceNameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceName(String);

impl ServiceName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is no service's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no service's name: lower-case letters, digits, `-` and `_`, a letter or digit first, 40 at most")]
pub struct ParseServiceNameError(String);

impl FromStr for ServiceName {
    type Err = ParseServiceNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let first = text.bytes().next().is_some_and(letter);
        let all = text.bytes().all(|b| letter(b) || b"-_".contains(&b));
        match first && all && text.len() <= 40 {
            true => Ok(Self(text.to_owned())),
            false => Err(ParseServiceNameError(text.to_owned())),
        }
    }
}

impl serde::Serialize for ServiceName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ServiceName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The services contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServicesError {
    /// There is none.
    #[error("there is no service")]
    None,
    /// A service has no program.
    #[error("{service} has an empty `command`")]
    Command {
        /// The service.
        service: String,
    },
    /// Two have the same name, or none.
    #[error("{service} is there twice")]
    Twice {
        /// The service.
        service: String,
    },
    /// Two listen at the same place.
    #[error("{service} listens on {address}, where another one does")]
    Address {
        /// The later one.
        service: String,
        /// The place.
        address: SocketAddr,
    },
    /// It is told to run all the time and at certain times.
    #[error("{service} has both `listen` and `schedule`")]
    Both {
        /// The service.
        service: String,
    },
    /// Init scripts know no times.
    #[error("{service} has both `sysv` and `schedule`")]
    SysvSchedule {
        /// The service.
        service: String,
    },
}

impl ServicesError {
    /// What would be right.
    #[must_use]
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::None | Self::Command { .. } => "a service has a `command`: `[\"gunicorn\", \"site.wsgi\"]`",
            Self::Twice { .. } => "give each but the main service a `name` of its own",
            Self::Address { .. } => "give each a port of its own",
            Self::Both { .. } => "what runs at certain times listens nowhere: remove one of the two",
            Self::SysvSchedule { .. } => {
                "init scripts start what runs all the time: without systemd, let cron run `PACKAGE-run COMMAND`"
            }
        };
        hint.to_owned()
    }
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

/// One table or several, as they are written.
#[derive(Debug)]
pub(super) struct Tables(Vec<Table>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<ServiceName>,
    #[serde(default)]
    command: Vec<String>,
    listen: Option<SocketAddr>,
    schedule: Option<Schedule>,
    #[serde(default)]
    sysv: bool,
}

impl<'de> Deserialize<'de> for Tables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSeveral;

        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = Tables;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a service's table, or several")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Tables, A::Error> {
                Table::deserialize(MapAccessDeserializer::new(map)).map(|table| Tables(vec![table]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Tables, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Tables)
            }
        }

        deserializer.deserialize_any(OneOrSeveral)
    }
}

pub(super) fn services(tables: Tables) -> Result<Services, ServicesError> {
    let services = tables.0.into_iter().map(service);
    Services::new(services.collect::<Result<_, _>>()?)
}

/// The main service listens unless it has a schedule: it is the one that answers the health check. The others listen
/// where they are told to.
fn service(table: Table) -> Result<Service, ServicesError> {
    let default = || Start::Socket(([127, 0, 0, 1], 8000).into());
    let mut service = Service::new(table.command, Start::Boot);
    service.name = table.name;
    service.sysv = table.sysv;
    let words = service.to_string();
    service.start = match (table.listen, table.schedule) {
        (Some(_), Some(_)) => return Err(ServicesError::Both { service: words }),
        (None, Some(_)) if table.sysv => return Err(ServicesError::SysvSchedule { service: words }),
        (None, Some(schedule)) => Start::Schedule(schedule),
        (Some(address), None) => Start::Socket(address),
        (None, None) if service.name.is_none() => default(),
        (None, None) => Start::Boot,
    };
    Ok(service)
}

#[cfg(test)]
mod tests {
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
