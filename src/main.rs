//! The `adder` command.
//!
//! [`options`] parses the command line, [`stack`] provides the native stack, [`run`] starts an interpreter and runs the
//! program.

mod memory;
mod options;
mod paths;
mod run;
mod stack;
mod usage;

/// What native code allocates besides Python objects: builders, tables, big integers.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    memory::find_pages();
    let command = match options::parse(std::env::args_os().collect()) {
        Ok(command) => command,
        Err(stop) => {
            if stop.error {
                eprint!("{}", stop.text);
            } else {
                print!("{}", stop.text);
            }
            std::process::exit(stop.code);
        }
    };
    let size = command.config.stack_size;
    let code = stack::run_on_large_stack(size, |top, size| run::run(command, top, size));
    std::process::exit(code);
}
