//! Services as they are written: one table or several.

use std::fmt;
use std::net::SocketAddr;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Service, ServiceName, Services, ServicesError, Start};
use crate::config::Schedule;

/// One table or several, as they are written.
#[derive(Debug)]
pub(in crate::config) struct Tables(Vec<Table>);

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

pub(in crate::config) fn services(tables: Tables) -> Result<Services, ServicesError> {
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
