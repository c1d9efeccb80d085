//! The `posix` module: system calls, on which `os`, `importlib` and `subprocess` are built.
//!
//! * [`names`]: making, renaming and removing files, the working directory; [`dir`]: listing directories
//! * [`stat`]: file status and access; [`files`]: descriptors, reading and writing
//! * [`process`]: fork, exec, spawn, wait; [`ids`]: users and groups; [`sched`]: scheduling
//! * [`system`]: the environment, terminals, random numbers, extended attributes; [`confname`]: configuration values
//!
//! Parameters that name files are [`crate::os::FsPath`]s; how calls block and fail is in [`crate::os`].

use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::value::PyResult;
use adder_interp::vm::Vm;
use adder_macros::pymodule;

mod confname;
mod constants;
pub mod dir;
pub mod files;
mod ids;
pub mod names;
pub mod process;
mod sched;
pub mod stat;
pub mod system;

/// This module provides access to operating system functionality that is
/// standardized by the C Standard and the POSIX standard (a thinly
/// disguised Unix interface).  Refer to the library manual and
/// corresponding Unix manual entries for more information on calls.
#[pymodule(
    name = "posix",
    functions(
        super::names::getcwd,
        super::names::getcwdb,
        super::names::chdir,
        super::names::fchdir,
        super::names::chroot,
        super::names::mkdir,
        super::names::mkfifo,
        super::names::mknod,
        super::names::major,
        super::names::minor,
        super::names::makedev,
        super::names::rmdir,
        super::names::unlink,
        super::names::remove,
        super::names::rename,
        super::names::replace,
        super::names::link,
        super::names::symlink,
        super::names::readlink,
        super::names::truncate,
        super::names::fspath,
        super::names::path_splitroot_ex,
        super::names::path_normpath,
        super::names::umask,
        super::dir::listdir,
        super::dir::scandir,
        super::stat::stat,
        super::stat::lstat,
        super::stat::fstat,
        super::stat::statvfs,
        super::stat::fstatvfs,
        super::stat::access,
        super::stat::chmod,
        super::stat::fchmod,
        super::stat::chown,
        super::stat::fchown,
        super::stat::lchown,
        super::stat::utime,
        super::files::open,
        super::files::close,
        super::files::closerange,
        super::files::dup,
        super::files::dup2,
        super::files::read,
        super::files::readinto,
        super::files::write,
        super::files::pread,
        super::files::pwrite,
        super::files::readv,
        super::files::writev,
        super::files::preadv,
        super::files::pwritev,
        super::files::lseek,
        super::files::isatty,
        super::files::ftruncate,
        super::files::fsync,
        super::files::fdatasync,
        super::files::sync,
        super::files::lockf,
        super::files::pipe,
        super::files::pipe2,
        super::files::get_inheritable,
        super::files::set_inheritable_flag,
        super::files::get_blocking,
        super::files::set_blocking,
        super::files::sendfile,
        super::files::copy_file_range,
        super::files::splice,
        super::files::posix_fallocate,
        super::files::posix_fadvise,
        super::files::memfd_create,
        super::files::eventfd,
        super::files::eventfd_read,
        super::files::eventfd_write,
        super::process::register_at_fork,
        super::process::fork,
        super::process::forkpty,
        super::process::exit_now,
        super::process::abort,
        super::process::execv,
        super::process::execve,
        super::process::system,
        super::process::waitpid,
        super::process::wait,
        super::process::wait3,
        super::process::wait4,
        super::process::waitid,
        super::process::waitstatus_to_exitcode,
        super::process::kill,
        super::process::killpg,
        super::process::pidfd_open,
        super::process::unshare,
        super::process::setns,
        super::process::nice,
        super::process::posix_spawn,
        super::process::posix_spawnp,
        super::process::WCOREDUMP,
        super::process::WIFCONTINUED,
        super::process::WIFSTOPPED,
        super::process::WIFSIGNALED,
        super::process::WIFEXITED,
        super::process::WEXITSTATUS,
        super::process::WTERMSIG,
        super::process::WSTOPSIG,
        super::ids::getuid,
        super::ids::geteuid,
        super::ids::getgid,
        super::ids::getegid,
        super::ids::getresuid,
        super::ids::getresgid,
        super::ids::getgroups,
        super::ids::setgroups,
        super::ids::getgrouplist,
        super::ids::initgroups,
        super::ids::getlogin,
        super::ids::getpgid,
        super::ids::getsid,
        super::ids::setsid,
        super::ids::setpgid,
        super::ids::setpgrp,
        super::ids::getpriority,
        super::ids::setpriority,
        super::ids::getpid,
        super::ids::getppid,
        super::ids::getpgrp,
        super::ids::setuid,
        super::ids::seteuid,
        super::ids::setgid,
        super::ids::setegid,
        super::ids::setreuid,
        super::ids::setregid,
        super::ids::setresuid,
        super::ids::setresgid,
        super::sched::sched_get_priority_max,
        super::sched::sched_get_priority_min,
        super::sched::sched_getscheduler,
        super::sched::sched_setscheduler,
        super::sched::sched_getparam,
        super::sched::sched_setparam,
        super::sched::sched_rr_get_interval,
        super::sched::sched_yield,
        super::sched::sched_getaffinity,
        super::sched::sched_setaffinity,
        super::system::uname,
        super::system::times,
        super::system::getloadavg,
        super::system::cpu_count,
        super::system::strerror,
        super::system::urandom,
        super::system::getrandom,
        super::system::create_environ,
        super::system::putenv,
        super::system::unsetenv,
        super::system::get_terminal_size,
        super::system::device_encoding,
        super::system::ctermid,
        super::system::ttyname,
        super::system::openpty,
        super::system::login_tty,
        super::system::posix_openpt,
        super::system::grantpt,
        super::system::unlockpt,
        super::system::ptsname,
        super::system::tcgetpgrp,
        super::system::tcsetpgrp,
        super::system::getxattr,
        super::system::setxattr,
        super::system::removexattr,
        super::system::listxattr,
        super::system::timerfd_create,
        super::system::timerfd_settime,
        super::system::timerfd_settime_ns,
        super::system::timerfd_gettime,
        super::system::timerfd_gettime_ns,
        super::system::is_inputhook_installed,
        super::system::inputhook,
        super::confname::sysconf,
        super::confname::confstr,
        super::confname::pathconf,
        super::confname::fpathconf,
    ),
    classes(super::dir::DirEntry)
)]
pub mod posix {
    use super::*;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        fill(vm, dict)
    }
}

fn fill(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
    let heap = &vm.heap;
    for &(name, value) in constants::CONSTANTS {
        dict.insert_str(heap, vm.intern(name), vm.new_int(value));
    }
    let mut have = vm.vec();
    constants::HAVE.iter().for_each(|name| have.push(heap, vm.intern(name).value()));
    dict.insert_str(heap, vm.intern("_have_functions"), vm.list_from(have));
    for def in [
        &stat::STAT_RESULT,
        &stat::STATVFS_RESULT,
        &system::UNAME_RESULT,
        &system::TIMES_RESULT,
        &system::TERMINAL_SIZE,
        &sched::SCHED_PARAM,
        &process::WAITID_RESULT,
    ] {
        dict.insert_str(heap, vm.intern(def.name), vm.structseq_type(def)?.value());
    }
    dict.insert_str(heap, vm.intern("error"), vm.exceptions.os_error.value());
    dict.insert_str(heap, vm.intern("environ"), system::environment(vm)?.value());
    for (name, table) in [
        ("sysconf_names", confname::SYSCONF),
        ("pathconf_names", confname::PATHCONF),
        ("confstr_names", confname::CONFSTR),
    ] {
        dict.insert_str(heap, vm.intern(name), confname::dict(vm, table).value());
    }
    Ok(())
}
