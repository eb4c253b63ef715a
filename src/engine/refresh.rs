//! What is found about everybody: asking all, finding places and clusters, and telling who
//! came into segments and left by them.

use std::sync::{Arc, OnceLock, PoisonError};

use super::{Engine, Setup};
use crate::error::Result;
use crate::numeric::{self, Digest};
use crate::profile::{Fed, Profile};
use crate::rule::Population;
use crate::segment::{Change, ClusterReport, PopulationReport, Survey};
use crate::store::{Entry, decode, is_customer};
use crate::types::Timestamp;
use crate::view::LearningView;

impl Engine {
    /// Asks everybody who lets others learn for the figures by which conditions rank and
    /// group, as of `now`. It reads every customer once, and changes nothing.
    ///
    /// # Errors
    /// The store failed, or a record is damaged.
    pub fn survey(&self, now: Timestamp) -> Result<Survey> {
        self.survey_under(&self.setup(), now.before_never())
    }

    /// Finds places and clusters anew from all customers who let others learn, as of `now`,
    /// and [advances](Self::advance): whoever comes into a segment by that, or leaves one, is
    /// among the changes, at `now`.
    ///
    /// Until then places stand as they were found last, whatever customers do; a customer's
    /// own figures are always those of the moment. They go stale when somebody who fed them
    /// withdraws, is erased or joins another: [`population`](Self::population) says how much.
    ///
    /// # Errors
    /// The store failed. What was found may be in effect already; try again.
    pub fn refresh(&self, now: Timestamp) -> Result<Vec<Change>> {
        let (setup, now) = (self.setup(), now.before_never());
        self.look_at_due(&setup, now)?;
        self.renew(&setup, now)?;
        self.sweep_evidence(now)?;
        Ok(self.report())
    }

    /// The same from a survey that was made elsewhere: merged from those of several engines,
    /// each with customers of its own. Places are as of the survey, changes at `now`.
    ///
    /// # Errors
    /// The survey asked other questions; or the store failed.
    pub fn refresh_from(&self, survey: &Survey, now: Timestamp) -> Result<Vec<Change>> {
        let (setup, now) = (self.setup(), now.before_never());
        survey.must_be_like(&setup.blank_survey(survey.at()))?;
        self.look_at_due(&setup, now)?;
        self.renew_from(&setup, survey, now)?;
        self.sweep_evidence(now)?;
        Ok(self.report())
    }

    /// What was found about everybody last, and how many of those who fed it are gone since.
    /// It reads every customer once.
    ///
    /// # Errors
    /// The store failed, or a record is damaged.
    pub fn population(&self) -> Result<PopulationReport> {
        let setup = self.setup();
        let (population, questionnaire) = (&setup.models.population, &setup.policy.questionnaire);
        let version = population.version();
        let mut present = 0;
        if version != 0 {
            self.make_sure()?;
            let fed = |profile: &Profile| {
                let fed = profile.membership.fed;
                present += u64::from(fed.version == version && fed.parts.is_some());
            };
            self.each_customer(fed, |_, _| ())?;
        }
        Ok(PopulationReport::new(population, &setup.models.clusters, questionnaire, present))
    }

    /// Finds anew, and looks at everybody.
    pub(super) fn renew(&self, setup: &Setup, now: Timestamp) -> Result<()> {
        let survey = self.survey_under(setup, now)?;
        self.renew_from(setup, &survey, now)
    }

    fn renew_from(&self, setup: &Setup, survey: &Survey, now: Timestamp) -> Result<()> {
        let (population, clusters) = survey.find(&setup.policy.questionnaire);
        self.take_population(setup, Arc::new(population), clusters.into());
        self.look_at_due(&self.setup(), now)
    }

    fn survey_under(&self, setup: &Setup, now: Timestamp) -> Result<Survey> {
        let mut survey = setup.blank_survey(now);
        if setup.policy.questionnaire.is_empty() {
            return Ok(survey);
        }
        self.make_sure()?;
        self.each_entry(|key, stored| {
            if is_customer(&stored.bytes)
                && let Entry::Customer(profile) = decode(key, &stored.bytes)?
            {
                if profile.sealed.is_empty() && profile.identity.is_settled() {
                    setup.ask(&profile, now, &mut survey);
                } else {
                    let loaded = self.fetch_whole(setup, &profile.customer)?;
                    setup.ask(&*loaded.whole()?, now, &mut survey);
                }
            }
            Ok(())
        })?;
        Ok(survey.in_order())
    }

    fn take_population(
        &self,
        setup: &Setup,
        population: Arc<Population>,
        clusters: Arc<[ClusterReport]>,
    ) {
        let mut current = self.setup.write().unwrap_or_else(PoisonError::into_inner);
        // What was found is of no use to another setup than the one that asked.
        if Arc::ptr_eq(&current.policy, &setup.policy) {
            let models = Arc::new(current.models.with(population, clusters));
            *current = Arc::new(Setup { models, id: OnceLock::new(), ..(**current).clone() });
        }
    }
}

impl Setup {
    /// A survey that nobody answered yet.
    fn blank_survey(&self, at: Timestamp) -> Survey {
        Survey::new(&self.policy.questionnaire, self.asked(), at)
    }

    /// What stands for the questions of a survey.
    fn asked(&self) -> Digest {
        let questionnaire = &self.policy.questionnaire;
        let rankings: Vec<&str> = questionnaire.rankings.iter().map(|it| &*it.name).collect();
        let clusterings: Vec<&str> = questionnaire.clusterings.iter().map(|it| &*it.name).collect();
        numeric::digest(&(self.policy.rules, rankings, clusterings))
    }

    /// Asks a customer.
    fn ask(&self, profile: &Profile, now: Timestamp, survey: &mut Survey) {
        // A clock that lags behind does not bring back what was withdrawn.
        let now = now.max(profile.membership.seen);
        if let Some(view) = self.gate().open_for_learning(profile, now) {
            survey.push(profile.customer.clone(), self.policy.questionnaire.ask(&view));
        }
    }

    /// What a customer fed of what was found, if nothing of that was withdrawn by now.
    pub(super) fn fed(&self, profile: &Profile, now: Timestamp) -> Fed {
        let (population, questionnaire) = (&self.models.population, &self.policy.questionnaire);
        let version = population.version();
        if version == 0 || profile.membership.fed.version == version {
            return profile.membership.fed;
        }
        let view = |at| self.gate().open_for_learning(profile, at);
        let fed =
            Fed { version, parts: view(population.at()).and_then(|it| questionnaire.feeds(&it)) };
        fed.without(self.withdrawn(view(now).as_ref()))
    }

    /// Which rankings and clusterings somebody does not allow to be fed, by bits; none if
    /// nothing at all may be learned.
    pub(super) fn withdrawn(&self, view: Option<&LearningView>) -> Option<u64> {
        view.map(|view| !self.policy.questionnaire.allowed(view))
    }
}
