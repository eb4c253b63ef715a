//! cel: the Common Expression Language.

use std::collections::HashMap;

use cel::{Context, Program, Value};

use super::Contender;
use crate::Result;
use crate::rules::segments::{CONDITIONS, Profile, Segment};

pub(super) struct Cel {
    segments: Vec<Program>,
    profile: Context<'static, 'static>,
}

impl Cel {
    /// Every value a variable.
    pub(super) fn of_variables(profile: &Profile, segments: &[Segment]) -> Result<Self> {
        let mut context = Context::default();
        for (name, value) in values(profile) {
            context.add_variable_from_value(name, value);
        }
        Ok(Self { segments: compiled(segments, "")?, profile: context })
    }

    /// One variable, which is a map of all values.
    pub(super) fn of_map(profile: &Profile, segments: &[Segment]) -> Result<Self> {
        let mut context = Context::default();
        context.add_variable_from_value("p", HashMap::from(values(profile)));
        Ok(Self { segments: compiled(segments, "p.")?, profile: context })
    }
}

impl Contender for Cel {
    fn count(&mut self) -> Result<usize> {
        let mut count = 0;
        for segment in &self.segments {
            count += usize::from(segment.execute(&self.profile)? == Value::Bool(true));
        }
        Ok(count)
    }
}

fn values(profile: &Profile) -> [(&'static str, Value); CONDITIONS] {
    [
        ("country", profile.country.into()),
        ("age", profile.age.into()),
        ("spent", profile.spent.into()),
        ("days_away", profile.days_away.into()),
        ("tier", profile.tier.into()),
    ]
}

fn compiled(segments: &[Segment], of: &str) -> Result<Vec<Program>> {
    let compile = |segment| Ok(Program::compile(&expression(segment, of))?);
    segments.iter().map(compile).collect()
}

fn expression(segment: &Segment, of: &str) -> String {
    let Segment { country, age, spent, days_away, tiers, .. } = segment;
    format!(
        "{of}country == {country:?} && {of}age >= {age:?} && {of}spent > {spent:?} \
         && {of}days_away <= {days_away:?} && {of}tier in {tiers:?}"
    )
}
