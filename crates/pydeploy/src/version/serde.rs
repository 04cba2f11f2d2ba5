//! Versions as strings.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::DebianVersion;

impl Serialize for DebianVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for DebianVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|error| D::Error::custom(format_args!("`{text}` is not a Debian version: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_its_text() {
        let version: DebianVersion = serde_json::from_str("\"1:1.00\"").unwrap();
        assert_eq!(serde_json::to_string(&version).unwrap(), "\"1:1.00\"");
        let error = serde_json::from_str::<DebianVersion>("\"1_0\"").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("`1_0` is not a Debian version: unexpected character '_'")
        );
    }
}
