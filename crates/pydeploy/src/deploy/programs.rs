//! What a host runs of a release.

use std::net::SocketAddr;

use super::DeployError;
use crate::config::{Service, Services};

/// The services of a release that a host without an init system can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    /// Program and arguments of the main service, with placeholders: it answers the health check.
    pub command: Vec<String>,
    /// Where the main service listens.
    pub listen: SocketAddr,
}

/// ```
/// use pydeploy::config::{Service, Services, Start};
/// use pydeploy::deploy::Programs;
///
/// let worker = Service::new(["celery", "worker"], Start::Boot);
/// let error = Programs::try_from(&Services::new(vec![worker])?).unwrap_err();
/// assert_eq!(error.to_string(), "the project has no main service that listens: nothing could answer the health check");
/// # Ok::<(), pydeploy::config::ServicesError>(())
/// ```
impl TryFrom<&Services> for Programs {
    type Error = DeployError;

    fn try_from(services: &Services) -> Result<Self, DeployError> {
        let main = services.main().and_then(|main| Some((main, main.listen()?)));
        let (main, listen) = main.ok_or(DeployError::NobodyAnswers)?;
        if let Some(other) = services.iter().find(|service| service.name.is_some()) {
            return Err(DeployError::NotRun {
                service: other.to_string(),
            });
        }
        let Service { command, .. } = main.clone();
        Ok(Self { command, listen })
    }
}
