//! stage-checkout
