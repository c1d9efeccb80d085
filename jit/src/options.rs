//! The tier's `-X` options.

/// When functions and loops are compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    Off,
    /// When they are hot, in the background.
    #[default]
    On,
    /// The second time they run, before they go on.
    Eager,
}

/// What the command line says.
#[derive(Clone, Debug)]
pub struct Options {
    pub mode: Mode,
    /// Calls and iterations of a code object before it is compiled.
    pub threshold: i64,
    /// Every nth guard fails; 0 is off.
    pub fail_guards: u64,
    pub stats: bool,
    /// Verify HIR after building and after each pass.
    pub verify: bool,
    /// Compile on the thread that found the code hot.
    pub sync: bool,
    /// Dump this function only.
    pub filter: Option<String>,
    /// Write names of machine code for `perf`.
    pub perf: bool,
    /// Tell debuggers about machine code.
    pub gdb: bool,
    /// Write a report on the program to this file.
    pub report: Option<String>,
    dumps: Vec<String>,
}

impl Options {
    /// Reads the options: names and values as given, and what `-X dump` names.
    ///
    /// # Errors
    /// A value that is none.
    pub fn parse(given: &[(String, Option<String>)], dumps: &[String]) -> Result<Options, String> {
        let mut options = Options {
            mode: Mode::default(),
            threshold: 2000,
            fail_guards: 0,
            stats: false,
            verify: cfg!(debug_assertions),
            sync: false,
            filter: None,
            perf: false,
            gdb: false,
            report: None,
            dumps: dumps.to_vec(),
        };
        for (name, value) in given {
            let text = value.as_deref().unwrap_or("1");
            let number = || text.parse::<u64>().map_err(|_| format!("-X {name}: not a number: {text}"));
            match name.as_str() {
                "jit" => {
                    options.mode = match text {
                        "off" | "0" => Mode::Off,
                        "on" | "1" => Mode::On,
                        "eager" => Mode::Eager,
                        other => return Err(format!("-X jit: off, on or eager, not {other}")),
                    }
                }
                "jit-threshold" => options.threshold = number()?.clamp(1, 1 << 40) as i64,
                "jit-fail-guards" => options.fail_guards = number()?,
                "jit-stats" => options.stats = number()? != 0,
                "jit-verify" => options.verify = number()? != 0,
                "jit-sync" => options.sync = number()? != 0,
                "jit-filter" => options.filter = value.clone(),
                "perf" | "jit-perf-map" => options.perf = number()? != 0,
                "jit-gdb" => options.gdb = number()? != 0,
                "jit-report" => options.report = Some(value.clone().ok_or("-X jit-report: no file given")?),
                _ => {}
            }
        }
        Ok(options)
    }

    /// Whether `-X dump` names this stage.
    pub fn dump(&self, stage: &str) -> bool {
        self.dumps.iter().any(|d| d == stage)
    }
}

/// Names of the options, which are variables as well (`ADDER_JIT_STATS`). `-X perf` is CPython's.
pub const NAMES: &[&str] = &[
    "jit",
    "jit-threshold",
    "jit-fail-guards",
    "jit-stats",
    "jit-verify",
    "jit-sync",
    "jit-filter",
    "jit-perf-map",
    "jit-gdb",
    "jit-report",
];
