//! Exponential decay in integers: the same bits on every target.

/// One, in the fixed point of weights (32 bits of fraction).
pub(crate) const ONE: u64 = 1 << 32;

/// 2^(-1/2), 2^(-1/4), ... 2^(-1/65536), with 32 bits of fraction, rounded to nearest.
const ROOTS: [u64; 16] = [
    3037000500, 3611622603, 3938502376, 4112874773, 4202935003, 4248701965, 4271771996, 4283353945,
    4289156690, 4292061010, 4293513907, 4294240540, 4294603903, 4294785595, 4294876445, 4294921870,
];

/// `2^(-age / half_life)` in fixed point, truncated; zero after 32 half-lives.
///
/// The exponent is cut to 16 bits of fraction and multiplied out bit by bit, so
/// the relative error stays below 2^-14.
pub(crate) fn half_life_weight(age: u64, half_life: u64) -> u64 {
    let halvings = (u128::from(age) << 16) / u128::from(half_life.max(1));
    let whole = halvings >> 16;
    if whole >= 32 {
        return 0;
    }
    let weight = ROOTS
        .iter()
        .enumerate()
        .filter(|(bit, _)| halvings >> (15 - bit) & 1 == 1)
        .fold(ONE, |weight, (_, root)| (weight * root) >> 32);
    weight >> whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_power_of_two() {
        for age in 0..4000u64 {
            let exact = (-(age as f64) / 97.0).exp2();
            let ours = half_life_weight(age, 97) as f64 / ONE as f64;
            assert!((ours - exact).abs() <= exact * 6e-5 + 3e-10, "age {age}: {ours} {exact}");
        }
        assert_eq!(half_life_weight(0, 97), ONE);
        assert_eq!(half_life_weight(97, 97), ONE / 2);
        assert_eq!(half_life_weight(u64::MAX, 1), 0);
        assert_eq!(half_life_weight(5, 0), half_life_weight(5, 1));
    }

    #[test]
    fn never_grows_with_age() {
        let weights: Vec<u64> = (0..10_000).map(|age| half_life_weight(age, 333)).collect();
        assert!(weights.windows(2).all(|pair| pair[0] >= pair[1]));
    }
}
