//! Criterion micro-benchmarks of the runtime's parts. Whole programs are measured by `benches/run.py`.
//!
//! Run with `cargo bench -p adder-benches`.
