//! Chooses the dispatch: handlers may only tail-call each other where the optimiser turns such calls into jumps, which it
//! does for certain from level 2 on, on the targets whose calling convention passes a handler's arguments in registers.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(tail_calls)");
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let optimised = matches!(var("OPT_LEVEL").as_str(), "2" | "3" | "s" | "z");
    let convention = matches!(var("CARGO_CFG_TARGET_ARCH").as_str(), "x86_64" | "aarch64");
    // The variable is there, though empty, when debug assertions are on.
    let plain = std::env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_none();
    if optimised && plain && convention {
        println!("cargo:rustc-cfg=tail_calls");
    }
}
