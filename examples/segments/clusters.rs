//! Which clusters were found, and what sets each apart.

use confidant::PopulationReport;

use crate::support::say;

pub(crate) fn told(report: &PopulationReport) {
    say::heading("Who is alike");
    if report.clusters.is_empty() {
        say::paragraph(2, "There are too few customers for clusters.");
    }
    for cluster in &report.clusters {
        let size = say::thousands(cluster.customers);
        println!("  {} {}: {size} customers", cluster.name, cluster.number);
        for it in &cluster.apart {
            let (feature, mean, overall) = (&it.feature, plain(it.mean), plain(it.overall));
            let apart = format!("{:+.1} standard deviations", it.deviations);
            println!("    {feature:26}{mean:>12}, of all {overall:>10}  {}", say::dim(&apart));
        }
    }
}

/// A mean to be read: no more digits than say something.
fn plain(mean: f64) -> String {
    match mean.abs() {
        large if large >= 100.0 => format!("{mean:.0}"),
        _ => format!("{mean:.1}"),
    }
}
