//! The heap against mimalloc: what allocating and dropping a small object costs, and what collections cost.

use adder_interp::heap::GcVec;
use adder_interp::object::cell::CellObject;
use adder_interp::object::function::BoundMethod;
use adder_interp::value::Value;
use adder_interp::vm::{Config, Interpreter, Vm};
use criterion::{Criterion, criterion_group, criterion_main};
use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;

fn small_objects(c: &mut Criterion, vm: &Vm) {
    let mut group = c.benchmark_group("24 bytes, allocated and dropped");
    group.bench_function("adder", |b| {
        b.iter(|| black_box(BoundMethod::new(&vm.heap, Value::none(), Value::none())));
    });
    let layout = Layout::from_size_align(24, 8).expect("a valid layout");
    let mimalloc = mimalloc::MiMalloc;
    group.bench_function("mimalloc", |b| {
        // SAFETY: freed with the layout it was allocated with.
        b.iter(|| unsafe {
            let p = black_box(mimalloc.alloc(layout));
            mimalloc.dealloc(p, layout);
        });
    });
    group.finish();
}

fn collections(c: &mut Criterion, vm: &Vm) {
    let mut group = c.benchmark_group("collections");
    group.bench_function("minor, little alive", |b| {
        b.iter(|| {
            for _ in 0..1000 {
                black_box(BoundMethod::new(&vm.heap, Value::none(), Value::none()));
            }
            vm.heap.collect_from_here(false);
        });
    });
    let mut live = GcVec::new();
    for _ in 0..1_000_000 {
        let cell = CellObject::new(&vm.heap, Some(Value::none()));
        live.push(&vm.heap, cell.value());
    }
    group.sample_size(20).bench_function("full, a million live cells", |b| {
        b.iter(|| vm.heap.collect_from_here(true));
    });
    black_box(&live);
    group.finish();
}

fn benches(c: &mut Criterion) {
    let vm = Interpreter::start(Config { stack_size: 4 << 20, ..Config::default() }, None)
        .expect("the interpreter starts");
    small_objects(c, vm);
    collections(c, vm);
}

criterion_group!(heap, benches);
criterion_main!(heap);
