//! Lowering of parameters that the deployment gives.
//!
//! In: the declarations of a profile. Out: what a template asks for. What nothing refers to is left out.

use std::collections::BTreeMap;

use crate::expr::LogicalId;
use crate::names::{Invalid, Sentence};
use crate::plan;
use crate::profile::{Parameter, ParameterName};

/// What the deployment is asked for, in the order of the names.
pub(super) fn lower(all: &BTreeMap<ParameterName, Parameter>) -> Result<Vec<plan::Parameter>, Invalid> {
    let deployed = all.iter().filter_map(|(name, parameter)| Some((name, parameter, parameter.deployed.as_ref()?)));
    let one = |(name, parameter, deployed): (&ParameterName, &Parameter, &crate::profile::Deployed)| {
        let described =
            parameter.description.clone().map_or_else(|| Sentence::try_from(format!("the parameter {name} of the profile")), Ok);
        Ok(plan::Parameter {
            name: LogicalId::derived("", name.as_str()),
            said: name.to_string(),
            description: described?,
            allowed: parameter.allowed.iter().map(ToString::to_string).collect(),
            pattern: deployed.pattern.clone(),
            default: parameter.default.as_ref().map(ToString::to_string),
            example: deployed.example.clone(),
        })
    };
    deployed.map(one).collect()
}
