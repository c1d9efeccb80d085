//! How the command is linked.
//!
//! On Linux it is linked to a fixed address, as distributions do with CPython: the tables of methods and modules hold
//! tens of thousands of addresses, and relocating them would write to every page of them at every start.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |name| std::env::var(name).unwrap_or_default();
    if target("CARGO_CFG_TARGET_OS") == "linux" && target("CARGO_CFG_TARGET_ENV") == "gnu" {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
