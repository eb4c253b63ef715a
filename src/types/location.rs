//! A place on earth.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};

/// The mean radius of the earth, in metres (IUGG).
const RADIUS: f64 = 6_371_008.8;

/// In a degree.
const MICROS: f64 = 1_000_000.0;

/// A place on earth, to the millionth of a degree: eleven centimetres at most.
///
/// ```
/// use confidant::Location;
///
/// let lisbon = Location::degrees(38.7223, -9.1393)?;
/// let porto = Location::degrees(41.1579, -8.6291)?;
/// assert_eq!(lisbon.distance(&porto) / 1000, 274);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Millionths of a degree, as both are.
    pub(crate) latitude: i32,
    pub(crate) longitude: i32,
}

/// As people read it, in degrees.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Location", deny_unknown_fields)]
struct Degrees {
    lat: f64,
    lon: f64,
}

impl Location {
    /// So many degrees north of the equator and east of Greenwich, as of WGS 84; south and
    /// west are less than nothing.
    ///
    /// # Errors
    /// The latitude is not from -90 to 90, or the longitude not from -180 to 180.
    pub fn degrees(latitude: f64, longitude: f64) -> Result<Self> {
        let within = |degrees: f64, most: f64| (-most..=most).contains(&degrees);
        if !within(latitude, 90.0) || !within(longitude, 180.0) {
            return Err(outside());
        }
        let micros = |degrees: f64| (degrees * MICROS).round() as i32;
        Ok(Self { latitude: micros(latitude), longitude: micros(longitude) })
    }

    /// Degrees north of the equator.
    #[must_use]
    pub fn latitude(&self) -> f64 {
        f64::from(self.latitude) / MICROS
    }

    /// Degrees east of Greenwich.
    #[must_use]
    pub fn longitude(&self) -> f64 {
        f64::from(self.longitude) / MICROS
    }

    /// The way to another place over a round earth, in metres: within a half of a hundredth
    /// of the way over the real one. The same on every machine.
    #[must_use]
    pub fn distance(&self, other: &Self) -> u64 {
        let [a, b] = [self, other].map(|place| place.latitude().to_radians());
        let half = |from: i32, to: i32| {
            let apart = f64::from(to) - f64::from(from);
            libm::sin((apart / MICROS).to_radians() / 2.0)
        };
        let north = half(self.latitude, other.latitude);
        let east = half(self.longitude, other.longitude);
        let haversine = north * north + libm::cos(a) * libm::cos(b) * east * east;
        let angle = 2.0 * libm::asin(haversine.clamp(0.0, 1.0).sqrt());
        (RADIUS * angle).round() as u64
    }
}

fn outside() -> Error {
    Error::input(
        "location",
        "`location` is out of range: expected a latitude from -90 to 90 and a longitude from \
         -180 to 180, in degrees",
    )
}

/// Latitude and longitude in degrees: `38.7223, -9.1393`.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.latitude(), self.longitude())
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `{"lat": 38.7223, "lon": -9.1393}` in formats that people read, two whole numbers in
/// those that they do not.
impl Serialize for Location {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Degrees { lat: self.latitude(), lon: self.longitude() }.serialize(serializer)
        } else {
            (self.latitude, self.longitude).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Location {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Degrees { lat, lon } = if deserializer.is_human_readable() {
            Degrees::deserialize(deserializer)?
        } else {
            let (latitude, longitude) = <(i32, i32)>::deserialize(deserializer)?;
            let place = Self { latitude, longitude };
            Degrees { lat: place.latitude(), lon: place.longitude() }
        };
        Self::degrees(lat, lon).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(latitude: f64, longitude: f64) -> Location {
        Location::degrees(latitude, longitude).unwrap()
    }

    /// Degrees, minutes and seconds.
    fn dms(degrees: f64, minutes: f64, seconds: f64) -> f64 {
        degrees.signum() * (degrees.abs() + minutes / 60.0 + seconds / 3600.0)
    }

    /// What others print for spheres of radii of their own, brought to ours.
    #[test]
    fn ways_that_others_measured() {
        let ways = [
            // A quarter and a half of a great circle.
            (place(0.0, 0.0), place(90.0, 0.0), std::f64::consts::FRAC_PI_2, 1.0),
            (place(0.0, 0.0), place(0.0, 180.0), std::f64::consts::PI, 1.0),
            (place(90.0, 17.0), place(-90.0, -42.0), std::f64::consts::PI, 1.0),
            // Nashville and Los Angeles airports.
            (place(36.12, -86.67), place(33.94, -118.40), 2_887_259.950_607_1, 6_372_800.0),
            // Land's End and John o' Groats, to four figures.
            (
                place(dms(50.0, 3.0, 59.0), dms(-5.0, 42.0, 53.0)),
                place(dms(58.0, 38.0, 38.0), dms(-3.0, 4.0, 12.0)),
                968_900.0,
                6_371_000.0,
            ),
        ];
        for (from, to, metres, radius) in ways {
            let expected = metres / radius * RADIUS;
            let close = if radius == 6_371_000.0 { 50.0 } else { 0.51 };
            let found = from.distance(&to) as f64;
            assert!((found - expected).abs() <= close, "{from} to {to}: {found}, not {expected}");
        }
    }

    /// Over the real earth: within half of a hundredth.
    #[test]
    fn ways_over_the_real_earth() {
        let ways = [
            // London and New York (JFK), as airlines print it; the Flinders Peak and
            // Buninyong of the Australian geodesists.
            (place(51.4706, -0.461_941), place(40.639_751, -73.778_925), 5_555_000.0),
            (
                place(-dms(37.0, 57.0, 3.720_30), dms(144.0, 25.0, 29.524_40)),
                place(-dms(37.0, 39.0, 10.156_10), dms(143.0, 55.0, 35.383_90)),
                54_972.271,
            ),
        ];
        for (from, to, metres) in ways {
            let apart = (from.distance(&to) as f64 - metres).abs();
            assert!(apart <= metres * 0.005, "{from} to {to}: off by {apart}");
        }
    }

    #[test]
    fn a_distance_is_one() {
        let some = [
            place(0.0, 0.0),
            place(90.0, 0.0),
            place(-90.0, 77.0),
            place(38.7223, -9.1393),
            place(-16.5, 179.999_999),
            place(-16.5, -180.0),
            place(-16.5, 180.0),
            place(38.722_301, -9.1393),
        ];
        for a in &some {
            assert_eq!(a.distance(a), 0, "{a}");
            for b in &some {
                assert_eq!(a.distance(b), b.distance(a), "{a} {b}");
                assert!(a.distance(b) <= 20_015_115, "{a} {b}");
                for c in &some {
                    assert!(a.distance(c) <= a.distance(b) + b.distance(c) + 2, "{a} {b} {c}");
                }
            }
        }
        // Over the date line, and for nothing.
        assert_eq!(place(-16.5, 179.999_999).distance(&place(-16.5, -179.999_999)), 0);
        assert_eq!(place(-16.5, 180.0).distance(&place(-16.5, -180.0)), 0);
        assert_eq!(place(0.0, 179.5).distance(&place(0.0, -179.5)), 111_195);
    }

    #[test]
    fn only_places_on_earth_are_taken() {
        let wrong = [
            (90.000_001, 0.0),
            (-90.1, 0.0),
            (0.0, 180.000_001),
            (0.0, -181.0),
            (f64::NAN, 0.0),
            (0.0, f64::INFINITY),
        ];
        for (latitude, longitude) in wrong {
            let error = Location::degrees(latitude, longitude).unwrap_err();
            assert!(error.to_string().contains("expected a latitude from -90"), "{error}");
            let text = format!("{{\"lat\": {latitude}, \"lon\": {longitude}}}");
            assert!(serde_json::from_str::<Location>(&text).is_err(), "{text}");
        }
        for wrong in ["[1, 2, 3]", "{\"lat\": 1}", "{\"lat\": 1, \"lon\": 2, \"alt\": 3}", "7"] {
            assert!(serde_json::from_str::<Location>(wrong).is_err(), "{wrong}");
        }
        let bytes = postcard::to_allocvec(&(90_000_001, 0)).unwrap();
        assert!(postcard::from_bytes::<Location>(&bytes).is_err());
    }

    #[test]
    fn a_place_survives() {
        for micros in (-90_000_000..=90_000_000).step_by(77_777) {
            let there = Location { latitude: micros, longitude: 2 * micros };
            assert_eq!(place(there.latitude(), there.longitude()), there);
            let text = serde_json::to_string(&there).unwrap();
            assert_eq!(serde_json::from_str::<Location>(&text).unwrap(), there, "{text}");
            let bytes = postcard::to_allocvec(&there).unwrap();
            assert_eq!(postcard::from_bytes::<Location>(&bytes).unwrap(), there);
        }
        assert_eq!(place(38.7, -9.1).to_string(), "38.7, -9.1");
        let text = serde_json::to_string(&place(38.7, -9.1)).unwrap();
        assert_eq!(text, r#"{"lat":38.7,"lon":-9.1}"#);
    }
}
