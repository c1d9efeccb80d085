//! The `termios` module: control of terminals.
//!
//! All calls run without the GIL: output that waits for a terminal may take long.

use crate::c;
use crate::os::{FileLike, Sys, blocking};
use crate::support::new_exception_class;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;

/// `termios.error`.
fn error_class(vm: &Vm) -> PyResult<Gc<Type>> {
    let make = |vm: &Vm| new_exception_class(vm, "termios", "error", vm.exceptions.exception);
    let class = vm.registered("termios.error", make)?;
    Ok(class.downcast().expect("the registry holds a class under this key"))
}

/// Raises `termios.error(errno, text)`.
fn raise(vm: &Vm, result: Sys) -> PyResult<()> {
    let Err(errno) = result else { return Ok(()) };
    let class = error_class(vm)?;
    // SAFETY: a C string that lives until the next call in this thread, and is copied at once.
    let text = unsafe { std::ffi::CStr::from_ptr(libc::strerror(errno)) };
    let text = vm.fs_decode(text.to_bytes()).value();
    Err(vm.raise_class(class, &[vm.new_int(errno as i64), text]))
}

fn attributes(vm: &Vm, fd: i32) -> PyResult<libc::termios> {
    // SAFETY: a plain struct, filled by the call.
    let mut mode: libc::termios = unsafe { std::mem::zeroed() };
    let at = &raw mut mode;
    raise(vm, blocking(vm, || c!(tcgetattr(fd, at)) as i64))?;
    Ok(mode)
}

fn window_size(vm: &Vm, fd: i32) -> PyResult<libc::winsize> {
    // SAFETY: a plain struct, filled by the call.
    let mut size: libc::winsize = unsafe { std::mem::zeroed() };
    let at = &raw mut size;
    raise(vm, blocking(vm, || c!(ioctl(fd, libc::TIOCGWINSZ, at)) as i64))?;
    Ok(size)
}

/// A control character: an int, or bytes of length 1.
fn control_character(vm: &Vm, value: Value) -> PyResult<u8> {
    let wrong = |vm: &Vm| -> Raised {
        vm.type_error("tcsetattr: elements of attributes must be characters or integers")
    };
    if let Some(bytes) = value.downcast::<Bytes>() {
        return if bytes.len() == 1 { Ok(bytes[0]) } else { Err(wrong(vm)) };
    }
    if adder_interp::object::int::as_int(value).is_none() {
        return Err(wrong(vm));
    }
    Ok(vm.index_i64(value)? as u8)
}

/// This module provides an interface to the Posix calls for tty I/O control.
/// For a complete description of these calls, see the Posix or Unix manual
/// pages. It is only available for those Unix versions that support Posix
/// termios style tty I/O control.
///
/// All functions in this module take a file descriptor fd as their first
/// argument. This can be an integer file descriptor, such as returned by
/// sys.stdin.fileno(), or a file object, such as sys.stdin itself.
#[pymodule(name = "termios")]
pub mod termios {
    use super::*;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        for &(name, value) in CONSTANTS {
            dict.insert_str(&vm.heap, vm.intern(name), vm.new_int(value));
        }
        dict.insert_str(&vm.heap, vm.intern("error"), error_class(vm)?.value());
        Ok(())
    }

    /// Get the tty attributes for file descriptor fd.
    ///
    /// Returns a list [iflag, oflag, cflag, lflag, ispeed, ospeed, cc]
    /// where cc is a list of the tty special characters (each a string of
    /// length 1, except the items with indices VMIN and VTIME, which are
    /// integers when these fields are defined).  The interpretation of the
    /// flags and the speeds as well as the indexing in the cc array must be
    /// done using the symbolic constants defined in this module.
    #[pyfunction(sig = "(fd, /)")]
    fn tcgetattr(vm: &Vm, fd: FileLike) -> PyResult {
        let mode = attributes(vm, fd.0)?;
        let raw = mode.c_lflag & libc::ICANON == 0;
        let mut characters = vm.vec();
        for (i, &c) in mode.c_cc.iter().enumerate() {
            let number = raw && (i == libc::VMIN || i == libc::VTIME);
            characters.push(&vm.heap, if number { vm.new_int(c as i64) } else { vm.new_bytes(&[c]) });
        }
        let int = |n: u32| vm.new_int(n as i64);
        Ok(vm.new_list(&[
            int(mode.c_iflag),
            int(mode.c_oflag),
            int(mode.c_cflag),
            int(mode.c_lflag),
            int(c!(cfgetispeed(&mode))),
            int(c!(cfgetospeed(&mode))),
            vm.list_from(characters),
        ]))
    }

    /// Set the tty attributes for file descriptor fd.
    ///
    /// The attributes to be set are taken from the attributes argument, which
    /// is a list like the one returned by tcgetattr(). The when argument
    /// determines when the attributes are changed: termios.TCSANOW to
    /// change immediately, termios.TCSADRAIN to change after transmitting all
    /// queued output, or termios.TCSAFLUSH to change after transmitting all
    /// queued output and discarding all queued input.
    #[pyfunction(sig = "(fd, when, attributes, /)")]
    fn tcsetattr(vm: &Vm, fd: FileLike, when: i32, attributes: Value) -> PyResult<()> {
        let Some(list) = attributes.downcast::<List>().filter(|l| l.len() == 7) else {
            return Err(vm.type_error("tcsetattr, arg 3: must be 7 element list"));
        };
        let items = list.to_vec(&vm.heap);
        let mut mode = super::attributes(vm, fd.0)?;
        let mut numbers = [0u32; 6];
        for (number, &item) in numbers.iter_mut().zip(items.iter()) {
            *number = vm.index_i64(item)? as u32;
        }
        [mode.c_iflag, mode.c_oflag, mode.c_cflag, mode.c_lflag, _, _] = numbers;
        let characters = items[6].downcast::<List>().filter(|l| l.len() == libc::NCCS);
        let Some(characters) = characters else {
            let count = libc::NCCS;
            return Err(vm.type_error(format!("tcsetattr: attributes[6] must be {count} element list")));
        };
        for (to, &item) in mode.c_cc.iter_mut().zip(characters.to_vec(&vm.heap).iter()) {
            *to = control_character(vm, item)?;
        }
        raise(vm, crate::os::direct(|| c!(cfsetispeed(&mut mode, numbers[4])) as i64))?;
        raise(vm, crate::os::direct(|| c!(cfsetospeed(&mut mode, numbers[5])) as i64))?;
        let at = &raw const mode;
        raise(vm, blocking(vm, || c!(tcsetattr(fd.0, when, at)) as i64))
    }

    /// Send a break on file descriptor fd.
    ///
    /// A zero duration sends a break for 0.25-0.5 seconds; a nonzero duration
    /// has a system dependent meaning.
    #[pyfunction(sig = "(fd, duration, /)")]
    fn tcsendbreak(vm: &Vm, fd: FileLike, duration: i32) -> PyResult<()> {
        raise(vm, blocking(vm, || c!(tcsendbreak(fd.0, duration)) as i64))
    }

    /// Wait until all output written to file descriptor fd has been transmitted.
    #[pyfunction(sig = "(fd, /)")]
    fn tcdrain(vm: &Vm, fd: FileLike) -> PyResult<()> {
        raise(vm, blocking(vm, || c!(tcdrain(fd.0)) as i64))
    }

    /// Discard queued data on file descriptor fd.
    ///
    /// The queue selector specifies which queue: termios.TCIFLUSH for the
    /// input queue, termios.TCOFLUSH for the output queue, or
    /// termios.TCIOFLUSH for both queues.
    #[pyfunction(sig = "(fd, queue, /)")]
    fn tcflush(vm: &Vm, fd: FileLike, queue: i32) -> PyResult<()> {
        raise(vm, blocking(vm, || c!(tcflush(fd.0, queue)) as i64))
    }

    /// Suspend or resume input or output on file descriptor fd.
    ///
    /// The action argument can be termios.TCOOFF to suspend output,
    /// termios.TCOON to restart output, termios.TCIOFF to suspend input,
    /// or termios.TCION to restart input.
    #[pyfunction(sig = "(fd, action, /)")]
    fn tcflow(vm: &Vm, fd: FileLike, action: i32) -> PyResult<()> {
        raise(vm, blocking(vm, || c!(tcflow(fd.0, action)) as i64))
    }

    /// Get the tty winsize for file descriptor fd.
    ///
    /// Returns a tuple (ws_row, ws_col).
    #[pyfunction(sig = "(fd, /)")]
    fn tcgetwinsize(vm: &Vm, fd: FileLike) -> PyResult<(u16, u16)> {
        let size = window_size(vm, fd.0)?;
        Ok((size.ws_row, size.ws_col))
    }

    /// Set the tty winsize for file descriptor fd.
    ///
    /// The winsize to be set is taken from the winsize argument, which
    /// is a two-item tuple (ws_row, ws_col) like the one returned by
    /// tcgetwinsize().
    #[pyfunction(sig = "(fd, winsize, /)")]
    fn tcsetwinsize(vm: &Vm, fd: FileLike, winsize: Value) -> PyResult<()> {
        let wrong = || vm.type_error("tcsetwinsize, arg 2: must be a two-item sequence");
        if !vm.is_sequence(winsize) {
            return Err(wrong());
        }
        let items = vm.collect(winsize)?;
        if items.len() != 2 {
            return Err(wrong());
        }
        let (rows, columns) = (vm.index_i64(items[0])?, vm.index_i64(items[1])?);
        let mut size = window_size(vm, fd.0)?;
        let narrow =
            |n: i64| u16::try_from(n).map_err(|_| vm.overflow_error("winsize value(s) out of range."));
        (size.ws_row, size.ws_col) = (narrow(rows)?, narrow(columns)?);
        let at = &raw const size;
        raise(vm, blocking(vm, || c!(ioctl(fd.0, libc::TIOCSWINSZ, at)) as i64))
    }
}

/// Linux's numbers.
const CONSTANTS: &[(&str, i64)] = &[
    ("B0", 0),
    ("B50", 50),
    ("B75", 75),
    ("B110", 110),
    ("B134", 134),
    ("B150", 150),
    ("B200", 200),
    ("B300", 300),
    ("B600", 600),
    ("B1200", 1200),
    ("B1800", 1800),
    ("B2400", 2400),
    ("B4800", 4800),
    ("B9600", 9600),
    ("B19200", 19200),
    ("B38400", 38400),
    ("B57600", 57600),
    ("B115200", 115200),
    ("B230400", 230400),
    ("B460800", 460800),
    ("B500000", 500000),
    ("B576000", 576000),
    ("B921600", 921600),
    ("B1000000", 1000000),
    ("B1152000", 1152000),
    ("B1500000", 1500000),
    ("B2000000", 2000000),
    ("B2500000", 2500000),
    ("B3000000", 3000000),
    ("B3500000", 3500000),
    ("B4000000", 4000000),
    ("CBAUDEX", 4096),
    ("TCSANOW", 0),
    ("TCSADRAIN", 1),
    ("TCSAFLUSH", 2),
    ("TCIFLUSH", 0),
    ("TCOFLUSH", 1),
    ("TCIOFLUSH", 2),
    ("TCOOFF", 0),
    ("TCOON", 1),
    ("TCIOFF", 2),
    ("TCION", 3),
    ("IGNBRK", 1),
    ("BRKINT", 2),
    ("IGNPAR", 4),
    ("PARMRK", 8),
    ("INPCK", 16),
    ("ISTRIP", 32),
    ("INLCR", 64),
    ("IGNCR", 128),
    ("ICRNL", 256),
    ("IUCLC", 512),
    ("IXON", 1024),
    ("IXANY", 2048),
    ("IXOFF", 4096),
    ("IMAXBEL", 8192),
    ("IUTF8", 16384),
    ("OPOST", 1),
    ("OLCUC", 2),
    ("ONLCR", 4),
    ("OCRNL", 8),
    ("ONOCR", 16),
    ("ONLRET", 32),
    ("OFILL", 64),
    ("OFDEL", 128),
    ("NLDLY", 256),
    ("CRDLY", 1536),
    ("TABDLY", 6144),
    ("BSDLY", 8192),
    ("VTDLY", 16384),
    ("FFDLY", 32768),
    ("NL0", 0),
    ("NL1", 256),
    ("CR0", 0),
    ("CR1", 512),
    ("CR2", 1024),
    ("CR3", 1536),
    ("TAB0", 0),
    ("TAB1", 2048),
    ("TAB2", 4096),
    ("TAB3", 6144),
    ("XTABS", 6144),
    ("BS0", 0),
    ("BS1", 8192),
    ("VT0", 0),
    ("VT1", 16384),
    ("FF0", 0),
    ("FF1", 32768),
    ("CSIZE", 48),
    ("CSTOPB", 64),
    ("CREAD", 128),
    ("PARENB", 256),
    ("PARODD", 512),
    ("HUPCL", 1024),
    ("CLOCAL", 2048),
    ("CIBAUD", 269418496),
    ("CRTSCTS", 2147483648),
    ("CS5", 0),
    ("CS6", 16),
    ("CS7", 32),
    ("CS8", 48),
    ("ISIG", 1),
    ("ICANON", 2),
    ("XCASE", 4),
    ("ECHO", 8),
    ("ECHOE", 16),
    ("ECHOK", 32),
    ("ECHONL", 64),
    ("ECHOCTL", 512),
    ("ECHOPRT", 1024),
    ("ECHOKE", 2048),
    ("FLUSHO", 4096),
    ("NOFLSH", 128),
    ("TOSTOP", 256),
    ("PENDIN", 16384),
    ("IEXTEN", 32768),
    ("EXTPROC", 65536),
    ("VINTR", 0),
    ("VQUIT", 1),
    ("VERASE", 2),
    ("VKILL", 3),
    ("VEOF", 4),
    ("VTIME", 5),
    ("VMIN", 6),
    ("VSWTC", 7),
    ("VSWTCH", 7),
    ("VSTART", 8),
    ("VSTOP", 9),
    ("VSUSP", 10),
    ("VEOL", 11),
    ("VREPRINT", 12),
    ("VDISCARD", 13),
    ("VWERASE", 14),
    ("VLNEXT", 15),
    ("VEOL2", 16),
    ("B7200", 7200),
    ("B14400", 14400),
    ("B28800", 28800),
    ("B76800", 76800),
    ("CBAUD", 4111),
    ("CDSUSP", 25),
    ("CEOF", 4),
    ("CEOL", 0),
    ("CEOT", 4),
    ("CERASE", 127),
    ("CFLUSH", 15),
    ("CINTR", 3),
    ("CKILL", 21),
    ("CLNEXT", 22),
    ("CQUIT", 28),
    ("CRPRNT", 18),
    ("CSTART", 17),
    ("CSTOP", 19),
    ("CSUSP", 26),
    ("CWERASE", 23),
    ("EXTA", 19200),
    ("EXTB", 38400),
    ("FIOASYNC", 21586),
    ("FIOCLEX", 21585),
    ("FIONBIO", 21537),
    ("FIONCLEX", 21584),
    ("FIONREAD", 21531),
    ("IBSHIFT", 16),
    ("IOCSIZE_MASK", 1073676288),
    ("IOCSIZE_SHIFT", 16),
    ("NCCS", 32),
    ("N_MOUSE", 2),
    ("N_PPP", 3),
    ("N_SLIP", 1),
    ("N_STRIP", 4),
    ("N_TTY", 0),
    ("TCFLSH", 21515),
    ("TCGETS", 21505),
    ("TCSBRK", 21513),
    ("TCSBRKP", 21541),
    ("TCSETS", 21506),
    ("TCSETSF", 21508),
    ("TCSETSW", 21507),
    ("TCXONC", 21514),
    ("TIOCCONS", 21533),
    ("TIOCEXCL", 21516),
    ("TIOCGETD", 21540),
    ("TIOCGICOUNT", 21597),
    ("TIOCGLCKTRMIOS", 21590),
    ("TIOCGPGRP", 21519),
    ("TIOCGSERIAL", 21534),
    ("TIOCGSOFTCAR", 21529),
    ("TIOCGWINSZ", 21523),
    ("TIOCINQ", 21531),
    ("TIOCLINUX", 21532),
    ("TIOCMBIC", 21527),
    ("TIOCMBIS", 21526),
    ("TIOCMGET", 21525),
    ("TIOCMIWAIT", 21596),
    ("TIOCMSET", 21528),
    ("TIOCM_CAR", 64),
    ("TIOCM_CD", 64),
    ("TIOCM_CTS", 32),
    ("TIOCM_DSR", 256),
    ("TIOCM_DTR", 2),
    ("TIOCM_LE", 1),
    ("TIOCM_RI", 128),
    ("TIOCM_RNG", 128),
    ("TIOCM_RTS", 4),
    ("TIOCM_SR", 16),
    ("TIOCM_ST", 8),
    ("TIOCNOTTY", 21538),
    ("TIOCNXCL", 21517),
    ("TIOCOUTQ", 21521),
    ("TIOCPKT", 21536),
    ("TIOCPKT_DATA", 0),
    ("TIOCPKT_DOSTOP", 32),
    ("TIOCPKT_FLUSHREAD", 1),
    ("TIOCPKT_FLUSHWRITE", 2),
    ("TIOCPKT_NOSTOP", 16),
    ("TIOCPKT_START", 8),
    ("TIOCPKT_STOP", 4),
    ("TIOCSCTTY", 21518),
    ("TIOCSERCONFIG", 21587),
    ("TIOCSERGETLSR", 21593),
    ("TIOCSERGETMULTI", 21594),
    ("TIOCSERGSTRUCT", 21592),
    ("TIOCSERGWILD", 21588),
    ("TIOCSERSETMULTI", 21595),
    ("TIOCSERSWILD", 21589),
    ("TIOCSER_TEMT", 1),
    ("TIOCSETD", 21539),
    ("TIOCSLCKTRMIOS", 21591),
    ("TIOCSPGRP", 21520),
    ("TIOCSSERIAL", 21535),
    ("TIOCSSOFTCAR", 21530),
    ("TIOCSTI", 21522),
    ("TIOCSWINSZ", 21524),
    ("_POSIX_VDISABLE", 0),
];
