//! `_datetime`: dates, times, differences and time zones.
//!
//! * [`date`] and [`datetime`] share one layout, [`time`], [`delta`] and [`zone`] have their own
//! * [`calendar`]: the arithmetic of days; [`local`]: the system's zone; [`clock`]: times of day
//! * [`iso`]: ISO 8601; [`format`]: `strftime`; [`bind`]: the constructors' arguments
//!
//! Values never change after they are made. What is computed is computed on microseconds since the start of the
//! calendar, in an `i128`.

use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;

mod bind;
mod calendar;
mod clock;
mod date;
#[allow(clippy::module_inception, reason = "each class has a file of its name")]
mod datetime;
mod delta;
mod format;
mod iso;
mod local;
mod time;
mod zone;

/// The class of an object as `repr` shows it: with its module if it is one of this module's.
fn class_name(vm: &Vm, value: Value) -> String {
    let class = vm.type_of(value);
    match class.def {
        Some(def) => format!("{}.{}", def.module, class.short_name()),
        None => class.short_name(),
    }
}

/// Fast implementation of the datetime module.
#[pymodule(name = "_datetime")]
pub mod module {
    use super::*;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        for (name, class) in [
            ("date", date::class(vm)?),
            ("datetime", datetime::class(vm)?),
            ("time", time::class(vm)?),
            ("timedelta", delta::class(vm)?),
            ("tzinfo", zone::tzinfo_class(vm)?),
            ("timezone", vm.native_type(zone::TimeZone::TYPE_DEF)?),
        ] {
            dict.insert_str(&vm.heap, vm.intern(name), class.value());
        }
        dict.insert_str(&vm.heap, vm.intern("MINYEAR"), vm.new_int(calendar::MIN_YEAR.into()));
        dict.insert_str(&vm.heap, vm.intern("MAXYEAR"), vm.new_int(calendar::MAX_YEAR.into()));
        dict.insert_str(&vm.heap, vm.intern("UTC"), zone::utc(vm)?);
        Ok(())
    }
}
