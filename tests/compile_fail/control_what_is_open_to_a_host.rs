//! The control: the same names in the ways that are open. It must compile.
use confidant::{
    Basis, Changes, ConsentChange, CustomerExport, CustomerReport, DataCategory, Decision, Engine,
    Event, Identifier, Key, Level, Load, Loaded, Permission, Permit, PrivacyPolicy, Purpose,
    Receipt, Request, Result, Rules, Session, Snapshot, Statistics, Timestamp, Value, View,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    pub permissions: Vec<Permission>,
    pub decision: Decision,
    pub event: Event,
    pub export: CustomerExport,
    pub report: CustomerReport,
}

pub fn seen(view: &View, rules: &Rules) -> (Purpose, Timestamp, Option<Value>) {
    let _ = (rules.ask(view), view.attributes(), view.session().map(Session::items));
    (view.purpose().clone(), view.now(), view.attribute("size").cloned())
}

pub fn told(permit: &Permit) -> (&Purpose, bool, u64) {
    (permit.purpose(), permit.allows_session(), permit.epoch())
}

pub fn said(customer: Identifier, now: Timestamp) -> ConsentChange {
    Event::consent(customer, now).level(Level::OwnHistory).allow(Purpose::Personalisation)
}

pub fn asked(engine: &Engine, now: Timestamp) -> Result<View> {
    engine.record(now, said("ana".into(), now))?;
    engine.record(now, Event::viewed("ana", now).item("mug"))?;
    engine.view("ana", Purpose::Personalisation, now, None)
}

pub fn loaded(engine: &Engine, request: &Request, ana: Identifier) -> Result<Option<Decision>> {
    let _: Key = engine.key(&ana);
    let Load::Customer(record) = engine.load(&ana, None)? else { return Ok(None) };
    let record: Box<Loaded> = record;
    let (decision, changes): (Decision, Changes) = engine.decide_loaded(request, record, &[])?;
    let _ = changes.batches().first();
    engine.acknowledge(changes);
    Ok(Some(decision))
}

pub fn learned(engine: &Engine, other: &Statistics, now: Timestamp) -> Result<Statistics> {
    let mut sum = engine.statistics();
    sum.merge(other);
    engine.fit_from(&sum, now)?;
    Ok(sum)
}

pub fn configured(policy: PrivacyPolicy) -> PrivacyPolicy {
    policy.category(DataCategory::Demographics, Basis::Contract)
}

pub fn read(engine: &Engine, text: &str, bytes: &[u8]) -> Result<Kept> {
    engine.swap(Snapshot::from_bytes(bytes)?);
    let _: Option<Event> = postcard::from_bytes(bytes).ok();
    Ok(serde_json::from_str(text).unwrap())
}

pub fn used(receipt: &Receipt) -> (&[DataCategory], Level) {
    (receipt.used(), receipt.level())
}
