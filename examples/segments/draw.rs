//! Two pictures: who makes how much of revenue, and recency by frequency. Letters are left to
//! whoever shows the file, so no font is needed to draw them.

use std::path::{Path, PathBuf};

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::load::Loaded;
use crate::members::Members;
use crate::shop;
use crate::support::{Result, say};

const INK: RGBColor = RGBColor(0x2b, 0x33, 0x3f);
const DIM: RGBColor = RGBColor(0x6b, 0x74, 0x80);
const LINE: RGBColor = RGBColor(0xe3, 0xe7, 0xec);
const BLUE: RGBColor = RGBColor(0x2f, 0x6d, 0x9e);
const CLAY: RGBColor = RGBColor(0xc2, 0x6a, 0x3d);
const PALE: RGBColor = RGBColor(0xf3, 0xf6, 0xf9);

const FONT: &str = "Helvetica, Arial, sans-serif";

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// Both pictures, into a directory that is made if it is not there.
pub(crate) fn pictures(
    members: &Members,
    loaded: &Loaded,
    directory: &Path,
) -> Result<[PathBuf; 2]> {
    let wrong = |error| format!("--svg {}: {error}", directory.display());
    std::fs::create_dir_all(directory).map_err(wrong)?;
    let files = ["concentration.svg", "rfm.svg"].map(|name| directory.join(name));
    let [curve, grid] = &files;
    concentration(members, loaded, curve)?;
    recency_by_frequency(members, loaded, grid)?;
    Ok(files)
}

fn words(size: f64, color: RGBColor, x: HPos, y: VPos) -> TextStyle<'static> {
    (FONT, size).into_font().color(&color).pos(Pos::new(x, y))
}

/// The title and a line below it.
fn titled(area: &Area<'_>, title: &str, below: &str) -> Result<()> {
    area.fill(&WHITE)?;
    area.draw_text(title, &words(23.0, INK, HPos::Left, VPos::Top), (32, 24))?;
    area.draw_text(below, &words(14.0, DIM, HPos::Left, VPos::Top), (32, 56))?;
    Ok(())
}

/// The share of revenue by the share of customers, those who spend most first.
fn concentration(members: &Members, loaded: &Loaded, file: &Path) -> Result<()> {
    let spending = members.spending()?;
    let (number, revenue) = (spending.len().max(1) as f64, members.revenue().max(1e-9));
    let area = SVGBackend::new(file, (820, 620)).into_drawing_area();
    let buyers = say::thousands(spending.len() as u64);
    let below = format!("{buyers} customers who bought, the largest first; as of {}", loaded.now);
    titled(&area, "Who makes the revenue", &below)?;
    let mut chart = ChartBuilder::on(&area)
        .margin_top(92)
        .margin_right(36)
        .margin_left(16)
        .margin_bottom(16)
        .x_label_area_size(54)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..100.0, 0.0..100.0)?;
    let percent = |share: &f64| format!("{share:.0} %");
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(LINE)
        .x_labels(6)
        .y_labels(6)
        .x_label_formatter(&percent)
        .y_label_formatter(&percent)
        .label_style((FONT, 14).into_font().color(&DIM))
        .axis_desc_style((FONT, 15).into_font().color(&INK))
        .x_desc("share of customers")
        .y_desc("share of revenue")
        .draw()?;
    for share in [20.0, 40.0, 60.0, 80.0, 100.0] {
        chart.draw_series(LineSeries::new([(0.0, share), (100.0, share)], LINE))?;
    }
    // As if all spent the same.
    chart.draw_series(LineSeries::new([(0.0, 0.0), (100.0, 100.0)], DIM.mix(0.5)))?;
    let mut sum = 0.0;
    let point = |(place, spent): (usize, &f64)| {
        sum += spent;
        (100.0 * (place + 1) as f64 / number, 100.0 * sum / revenue)
    };
    let curve = std::iter::once((0.0, 0.0)).chain(spending.iter().enumerate().map(point));
    let curve = thinned(curve.collect());
    chart.draw_series(LineSeries::new(curve, BLUE.stroke_width(3)))?;
    for (segment, share) in [(shop::TOP_40, 40.0), (shop::TOP_80, 80.0)] {
        let size = members.size(segment)?;
        let at = 100.0 * size as f64 / number;
        chart.draw_series(LineSeries::new([(0.0, share), (at, share)], CLAY.mix(0.6)))?;
        chart.draw_series([Circle::new((at, share), 6, CLAY.filled())])?;
        let size = say::thousands(size as u64);
        let text = format!("{share:.0} % from {size} customers ({at:.1} %)");
        let style = words(15.0, INK, HPos::Left, VPos::Top);
        chart.draw_series([Text::new(text, (at + 2.0, share - 1.5), style)])?;
    }
    area.present()?;
    Ok(())
}

/// As many points as can be seen apart, and the last.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let last = points.last().copied();
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (x, y) in points {
        if kept.last().is_none_or(|(a, b)| (x - a) + (y - b) >= 1.5) {
            kept.push((x, y));
        }
    }
    kept.extend(last);
    kept
}

/// How many customers are in which fifth of recency and of frequency: the audiences of two
/// segments, and what they have in common.
fn recency_by_frequency(members: &Members, loaded: &Loaded, file: &Path) -> Result<()> {
    const SIDE: i32 = 96;
    const LEFT: i32 = 130;
    const TOP: i32 = 104;
    let mut counts = [[0; 5]; 5];
    for (row, r) in counts.iter_mut().zip(1..) {
        for (count, f) in row.iter_mut().zip(1..) {
            *count = members.both(&shop::part("r", r), &shop::part("f", f))?;
        }
    }
    let most = counts.iter().flatten().copied().max().unwrap_or_default().max(1);
    let area = SVGBackend::new(file, (660, 680)).into_drawing_area();
    let below = format!("customers by fifths, 5 is the best; as of {}", loaded.now);
    titled(&area, "Recency by frequency", &below)?;
    for (row, r) in counts.iter().zip(1..) {
        let y = TOP + (5 - r) * SIDE;
        let beside = words(15.0, DIM, HPos::Right, VPos::Center);
        area.draw_text(&r.to_string(), &beside, (LEFT - 14, y + SIDE / 2))?;
        for (count, f) in row.iter().zip(1..) {
            let x = LEFT + (f - 1) * SIDE;
            let weight = (*count as f64 / most as f64).sqrt();
            let corners = [(x + 2, y + 2), (x + SIDE - 2, y + SIDE - 2)];
            area.draw(&Rectangle::new(corners, between(PALE, BLUE, weight).filled()))?;
            let ink = if weight > 0.6 { WHITE } else { INK };
            let text = say::thousands(*count as u64);
            let middle = (x + SIDE / 2, y + SIDE / 2);
            area.draw_text(&text, &words(18.0, ink, HPos::Center, VPos::Center), middle)?;
        }
    }
    let under = words(15.0, DIM, HPos::Center, VPos::Top);
    for f in 1..=5 {
        let x = LEFT + (f - 1) * SIDE + SIDE / 2;
        area.draw_text(&f.to_string(), &under, (x, TOP + 5 * SIDE + 10))?;
    }
    let named = words(15.0, INK, HPos::Center, VPos::Top);
    let (middle, bottom) = (LEFT + 5 * SIDE / 2, TOP + 5 * SIDE + 38);
    area.draw_text("frequency: how many orders", &named, (middle, bottom))?;
    let upright = named.transform(FontTransform::Rotate270);
    area.draw_text("recency: how lately", &upright, (LEFT - 84, TOP + 5 * SIDE / 2))?;
    area.present()?;
    Ok(())
}

/// A colour on the way from one to another.
fn between(from: RGBColor, to: RGBColor, weight: f64) -> RGBColor {
    let mix = |from: u8, to: u8| {
        (f64::from(from) + (f64::from(to) - f64::from(from)) * weight).round() as u8
    };
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}
