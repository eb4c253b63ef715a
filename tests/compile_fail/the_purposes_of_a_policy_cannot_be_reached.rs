//! They are said in the policy's own words, which are checked.
use confidant::PrivacyPolicy;

pub fn cleared(policy: &mut PrivacyPolicy) {
    policy.purposes.clear();
    //~^ E0616: field `purposes` of struct `PrivacyPolicy` is private
}
