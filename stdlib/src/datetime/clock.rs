//! A time of day without its zone, and the checks of its fields.

use super::bind::int;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;

/// Hour, minute, second, microsecond, and which of two equal times of a repeated hour it is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Clock {
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub fold: u8,
    pub micro: u32,
}

impl Clock {
    /// A clock of numbers that may be out of range.
    pub fn checked(vm: &Vm, [hour, minute, second, micro, fold]: [i32; 5]) -> PyResult<Clock> {
        let range = |name: &str, value: i32, last: i32| {
            if (0..=last).contains(&value) {
                return Ok(());
            }
            Err(vm.value_error(format!("{name} must be in 0..{last}, not {value}")))
        };
        range("hour", hour, 23)?;
        range("minute", minute, 59)?;
        range("second", second, 59)?;
        range("microsecond", micro, 999_999)?;
        if fold != 0 && fold != 1 {
            return Err(vm.value_error(format!("fold must be either 0 or 1, not {fold}")));
        }
        Ok(Clock {
            hour: hour as u8,
            minute: minute as u8,
            second: second as u8,
            fold: fold as u8,
            micro: micro as u32,
        })
    }

    /// The five numbers, those given replaced.
    pub fn replaced(&self, vm: &Vm, given: &[Option<Value>; 5]) -> PyResult<[i32; 5]> {
        let mut numbers = self.numbers();
        for (number, value) in numbers.iter_mut().zip(given) {
            if let Some(value) = value {
                *number = int(vm, *value)?;
            }
        }
        Ok(numbers)
    }

    pub fn numbers(&self) -> [i32; 5] {
        [self.hour.into(), self.minute.into(), self.second.into(), self.micro as i32, self.fold.into()]
    }

    pub fn seconds(&self) -> i64 {
        self.hour as i64 * 3600 + self.minute as i64 * 60 + self.second as i64
    }

    /// Microseconds since midnight.
    pub fn total(&self) -> i128 {
        self.seconds() as i128 * super::delta::SECOND + self.micro as i128
    }

    /// The time of microseconds since midnight.
    pub fn from_total(total: i128) -> Clock {
        let (seconds, micro) = ((total / super::delta::SECOND) as u32, (total % super::delta::SECOND) as u32);
        Clock {
            hour: (seconds / 3600) as u8,
            minute: (seconds / 60 % 60) as u8,
            second: (seconds % 60) as u8,
            fold: 0,
            micro,
        }
    }

    /// The bytes of the pickled state.
    pub fn state(&self) -> [u8; 6] {
        let [_, high, middle, low] = self.micro.to_be_bytes();
        [self.hour, self.minute, self.second, high, middle, low]
    }

    /// From the bytes of the pickled state.
    pub fn from_state(state: &[u8], fold: u8) -> Clock {
        Clock {
            hour: state[0],
            minute: state[1],
            second: state[2],
            fold,
            micro: u32::from_be_bytes([0, state[3], state[4], state[5]]),
        }
    }
}
