//! The `#[kn_function]` attribute of `kn-func-runtime`.
