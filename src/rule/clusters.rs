//! Groups that were found in the customers' own features: what a condition needs to say
//! in which of them somebody is. How they are found is the business of `segment`.

use serde::{Deserialize, Serialize};

/// How a feature is measured before distances are taken: so many standard deviations
/// from the mean of all, of its logarithm where it has a long tail.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scale {
    /// The mean of all, after the logarithm if there is one.
    pub(crate) shift: f64,
    /// One over the standard deviation; zero for a feature that tells nobody apart.
    pub(crate) weight: f64,
    /// Whether the logarithm is taken: `ln(1 + x)`, and for a negative `x` its mirror image.
    pub(crate) log: bool,
}

/// Beyond this a number is taken for this one, so that no sum of squares overflows.
const FAR: f64 = 1e100;

/// A number to reckon with; none if it is none.
pub(crate) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then(|| value.clamp(-FAR, FAR))
}

/// `ln(1 + |x|)` with the sign of `x`, the same bits on every target.
pub(crate) fn log(value: f64) -> f64 {
    libm::log1p(value.abs()).copysign(value)
}

impl Scale {
    /// A value as measured for distances. What is missing, not a number or infinite is at
    /// the mean of all: it draws nobody anywhere.
    pub(crate) fn apply(&self, value: f64) -> f64 {
        let Some(value) = finite(value) else {
            return 0.0;
        };
        let value = if self.log { log(value) } else { value };
        (value - self.shift) * self.weight
    }
}

/// Clusters as they were fitted: a scale for each feature, and the centre of each cluster
/// on these scales.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Clusters {
    pub(crate) scales: Vec<Scale>,
    /// One centre after the other, each as many numbers as there are scales.
    pub(crate) centroids: Vec<f64>,
}

impl Clusters {
    /// How many there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.centroids.len() / self.scales.len().max(1)
    }

    /// The number of somebody's cluster as conditions ask for it: 1 is the largest.
    pub(crate) fn number_of(&self, features: &[f64]) -> u32 {
        self.nearest(features) + 1
    }

    /// The number of the cluster whose centre is nearest; of two as near, the lower. A
    /// feature that is not given is missing.
    pub(crate) fn nearest(&self, features: &[f64]) -> u32 {
        let (mut nearest, mut least) = (0, f64::INFINITY);
        let scaled: Vec<f64> = self
            .scales
            .iter()
            .enumerate()
            .map(|(place, scale)| scale.apply(features.get(place).copied().unwrap_or(f64::NAN)))
            .collect();
        for (number, centre) in (0..).zip(self.centroids.chunks_exact(scaled.len().max(1))) {
            let distance = scaled.iter().zip(centre).fold(0.0, |sum, (at, centre)| {
                let away = at - centre;
                sum + away * away
            });
            if distance < least {
                (nearest, least) = (number, distance);
            }
        }
        nearest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Scale = Scale { shift: 0.0, weight: 1.0, log: false };

    fn on_a_line(centroids: &[f64]) -> Clusters {
        Clusters { scales: vec![PLAIN], centroids: centroids.to_vec() }
    }

    #[test]
    fn the_nearest_and_of_two_the_lower() {
        let clusters = on_a_line(&[4.0, 0.0, 8.0]);
        let nearest = |at: f64| clusters.nearest(&[at]);
        assert_eq!([nearest(-9.0), nearest(1.9), nearest(2.0), nearest(2.1)], [1, 1, 0, 0]);
        assert_eq!([nearest(6.0), nearest(6.1), nearest(1e9)], [0, 2, 2]);
        assert_eq!(clusters.len(), 3);
    }

    #[test]
    fn what_is_missing_is_at_the_mean() {
        let clusters = on_a_line(&[4.0, 0.5, 8.0]);
        for missing in [&[][..], &[f64::NAN], &[f64::INFINITY], &[f64::NEG_INFINITY]] {
            assert_eq!(clusters.nearest(missing), 1);
        }
        let scales = vec![Scale { shift: 4.0, ..PLAIN }];
        let from_four = Clusters { scales, centroids: vec![-4.0, 0.0] };
        assert_eq!(from_four.nearest(&[]), 1);
        assert_eq!(Clusters::default().nearest(&[1.0]), 0);
        assert_eq!(Clusters::default().len(), 0);
        assert_eq!(Clusters { scales: vec![], centroids: vec![1.0] }.nearest(&[]), 0);
        let broken = Clusters { scales: vec![PLAIN; 2], centroids: vec![1.0, f64::NAN, 3.0] };
        assert_eq!(broken.nearest(&[1.0, 2.0, 3.0]), 0);
    }

    #[test]
    fn scales_are_what_they_say() {
        let scale = Scale { shift: 2.0, weight: 0.5, log: false };
        assert_eq!([scale.apply(2.0), scale.apply(6.0)], [0.0, 2.0]);
        let scale = Scale { shift: 0.0, weight: 1.0, log: true };
        assert_eq!(scale.apply(0.0), 0.0);
        assert!((scale.apply(std::f64::consts::E - 1.0) - 1.0).abs() < 1e-15);
        assert_eq!(scale.apply(-7.5), -scale.apply(7.5));
        assert_eq!(scale.apply(f64::MAX), scale.apply(1e100));
        let none = Scale { shift: 3.0, weight: 0.0, log: false };
        assert_eq!(none.apply(f64::MAX), 0.0);
    }

    /// Written down once: other bits are other clusters.
    #[test]
    fn the_logarithm_has_the_same_bits_for_ever() {
        let bits: Vec<u64> = [0.1, 1.0, 41.0, 77183.6].map(|x| log(x).to_bits()).to_vec();
        let written =
            [4591532242907186887, 4604418534313441775, 4615598902550084909, 4622525031629684083];
        assert_eq!(bits, written);
    }

    #[test]
    fn written_and_read() {
        let given = Clusters { scales: vec![PLAIN], centroids: vec![0.1, -3.0] };
        let bytes = postcard::to_allocvec(&given).unwrap();
        assert_eq!(postcard::from_bytes::<Clusters>(&bytes).unwrap(), given);
        let json = serde_json::to_string(&given).unwrap();
        assert_eq!(serde_json::from_str::<Clusters>(&json).unwrap(), given);
    }
}
