//! The files of the sample as values. Its README.md says what is in them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use confidant::{
    Catalog, Channel, Event, Item, Kind, Money, Reply, Timestamp, days, hours, minutes,
};

use crate::support::Result;
use crate::support::lines::{EventFiles, Line, full_grant};
use crate::support::say::sentence;
use crate::support::table::{Row, Table};

/// Sales are in US dollars.
pub(crate) const CURRENCY: &str = "USD";

/// Dates of campaigns and redemptions are dates in New York, five hours behind UTC.
pub(crate) const UTC_OFFSET_MINUTES: i32 = -300;
const MIDNIGHT: Duration = hours(5);
const NOON: Duration = hours(17);

pub(crate) struct Sample {
    pub(crate) catalog: Catalog,
    /// Every line that was bought, by time.
    pub(crate) purchases: Vec<Line>,
    /// By household, its demographics: name and value.
    pub(crate) households: BTreeMap<String, Vec<(String, String)>>,
    pub(crate) campaigns: Vec<Campaign>,
    /// Who was mailed which campaign.
    mailings: Vec<(String, String)>,
    /// Who used a coupon of which campaign, when.
    redemptions: Vec<(String, String, Timestamp)>,
}

/// A campaign: coupons for some products, for some time.
pub(crate) struct Campaign {
    pub(crate) id: String,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) products: Vec<String>,
}

impl Campaign {
    /// Actions and what is known of their past meet by this id.
    pub(crate) fn action(&self) -> String {
        action_of(&self.id)
    }
}

fn action_of(campaign: &str) -> String {
    format!("coupons-{campaign}")
}

impl Sample {
    pub(crate) fn read(directory: &Path) -> Result<Self> {
        let open = |name: &str| Table::open(&directory.join(name));
        let files = EventFiles {
            files: vec![directory.join("purchases.csv.gz")],
            map: Vec::new(),
            currency: CURRENCY.to_owned(),
        };
        let mut purchases = Vec::new();
        files.read(|line| {
            purchases.push(line);
            Ok(())
        })?;
        Ok(Self {
            catalog: catalog(open("products.csv.gz")?)?,
            purchases,
            households: households(open("households.csv.gz")?)?,
            campaigns: campaigns(open("campaigns.csv.gz")?, open("coupons.csv.gz")?)?,
            mailings: mailings(open("mailings.csv.gz")?)?,
            redemptions: redemptions(open("redemptions.csv.gz")?)?,
        })
    }

    /// Noon in New York after the last purchase: when everything below is asked.
    pub(crate) fn now(&self) -> Timestamp {
        let last = self.purchases.iter().map(|line| line.at).max();
        last.unwrap_or_default() + hours(12)
    }

    /// Before anything in the sample.
    pub(crate) fn beginning(&self) -> Timestamp {
        let lines = self.purchases.iter().map(|line| line.at);
        let campaigns = self.campaigns.iter().map(|campaign| campaign.from);
        lines.chain(campaigns).min().unwrap_or_default() - days(1)
    }

    /// What is known of the households beside their purchases: that they allow
    /// everything (the sample has no consent, so we assume it), who they are, what they
    /// were mailed, and which coupons they used.
    pub(crate) fn background(&self) -> Vec<Event> {
        let beginning = self.beginning();
        let grants =
            self.households.keys().map(|household| full_grant(household.as_str(), beginning));
        let facts = self.households.iter().map(|(household, facts)| {
            // An hour after the grant: what is declared must be allowed by then.
            let declared = Event::declared(household.as_str(), beginning + hours(1));
            let declared = declared.on(Channel::custom("household file"));
            let declared = facts.iter().fold(declared, |declared, (name, value)| {
                declared.attribute(name.as_str(), value.as_str())
            });
            Event::from(declared)
        });
        // Not confidant's contacts: somebody else decided and made them. So they are
        // events of the shop's own kind, and weigh on no cap.
        let mailings = self.mailings.iter().filter_map(|(household, campaign)| {
            let mailed = self.campaigns.iter().find(|c| c.id == *campaign)?.from;
            let event = Event::custom(household.as_str(), mailed, "mailed")
                .on(Channel::custom("post"))
                .action(action_of(campaign));
            Some(event.into())
        });
        let redemptions =
            self.redemptions.iter().enumerate().map(|(n, (household, campaign, at))| {
                let action = action_of(campaign);
                let accepted = Event::outcome(household.as_str(), *at, action, Reply::Accepted);
                // The same household may use several coupons of a campaign on a day.
                accepted.on(Channel::Store).id(format!("redemption {n}")).into()
            });
        let mut events: Vec<Event> = grants.collect();
        events.extend(facts);
        events.extend(mailings);
        events.extend(redemptions);
        events
    }

    /// What a product is called.
    pub(crate) fn title<'a>(&'a self, item: &'a str) -> &'a str {
        self.catalog.get(item).map_or(item, Item::title)
    }

    /// The department of a product.
    pub(crate) fn department(&self, item: &str) -> Option<&str> {
        let item = self.catalog.get(item)?;
        item.category_path().first().map(|name| &**name)
    }

    pub(crate) fn is_purchase(line: &Line) -> bool {
        line.kind == Kind::Purchased
    }
}

fn catalog(table: Table) -> Result<Catalog> {
    let id = table.need(&["product_id"])?;
    let path = [
        table.need(&["department"])?,
        table.need(&["product_category"])?,
        table.need(&["product_type"])?,
    ];
    let (brand, size) = (table.need(&["brand"])?, table.need(&["package_size"])?);
    let price = table.need(&["price"])?;
    let mut items = Vec::new();
    table.each(|row| {
        let path: Vec<&str> = path.iter().map_while(|column| row.get(*column)).collect();
        let mut item = Item::new(row.need(id)?).category(path.iter().copied());
        if let Some(name) = path.last() {
            let size = row.get(size).map(|size| format!(", {}", size.to_lowercase()));
            item = item.name(sentence(name) + &size.unwrap_or_default());
        }
        if let Some(brand) = row.get(brand) {
            item = item.brand(brand);
        }
        if let Some(price) = row.number(price)? {
            item = item.price(Money::units(price, CURRENCY)?);
        }
        items.push(item);
        Ok(())
    })?;
    Ok(Catalog::new(items)?)
}

fn households(table: Table) -> Result<BTreeMap<String, Vec<(String, String)>>> {
    let id = table.need(&["household_id"])?;
    let mut columns = Vec::new();
    for name in super::shop::DEMOGRAPHICS {
        columns.push((name, table.need(&[name])?));
    }
    let mut households = BTreeMap::new();
    table.each(|row| {
        let fact = |(name, column): &(&str, usize)| {
            Some(((*name).to_owned(), row.get(*column)?.to_owned()))
        };
        let facts = columns.iter().filter_map(fact).collect();
        households.insert(row.need(id)?.to_owned(), facts);
        Ok(())
    })?;
    Ok(households)
}

fn campaigns(table: Table, coupons: Table) -> Result<Vec<Campaign>> {
    let (product, campaign) = (coupons.need(&["product_id"])?, coupons.need(&["campaign_id"])?);
    let mut products: BTreeMap<String, Vec<String>> = BTreeMap::new();
    coupons.each(|row| {
        let of = products.entry(row.need(campaign)?.to_owned()).or_default();
        of.push(row.need(product)?.to_owned());
        Ok(())
    })?;
    let id = table.need(&["campaign_id"])?;
    let (start, end) = (table.need(&["start_date"])?, table.need(&["end_date"])?);
    let mut campaigns = Vec::new();
    table.each(|row| {
        let id = row.need(id)?.to_owned();
        let mut products = products.remove(&id).unwrap_or_default();
        // Coupon rows repeat.
        products.sort();
        products.dedup();
        campaigns.push(Campaign {
            from: date(row, start)? + MIDNIGHT,
            // Through its last day.
            until: date(row, end)? + days(1) + MIDNIGHT,
            id,
            products,
        });
        Ok(())
    })?;
    Ok(campaigns)
}

fn mailings(table: Table) -> Result<Vec<(String, String)>> {
    let household = table.need(&["household_id"])?;
    let campaign = table.need(&["campaign_id"])?;
    let mut mailings = Vec::new();
    table.each(|row| {
        mailings.push((row.need(household)?.to_owned(), row.need(campaign)?.to_owned()));
        Ok(())
    })?;
    Ok(mailings)
}

fn redemptions(table: Table) -> Result<Vec<(String, String, Timestamp)>> {
    let household = table.need(&["household_id"])?;
    let campaign = table.need(&["campaign_id"])?;
    let day = table.need(&["redemption_date"])?;
    let mut redemptions = Vec::new();
    table.each(|row| {
        redemptions.push((
            row.need(household)?.to_owned(),
            row.need(campaign)?.to_owned(),
            // The day is all that is known.
            date(row, day)? + NOON,
        ));
        Ok(())
    })?;
    Ok(redemptions)
}

fn date(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    let text = row.need(column)?;
    text.parse().map_err(|error| row.wrong(error))
}

/// How long until the next question, where one follows another.
pub(crate) const A_MINUTE: Duration = minutes(1);
