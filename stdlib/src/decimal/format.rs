//! `Decimal.__format__`.

use super::context::ContextRef;
use adder_decimal::text::place_dot;
use adder_decimal::{Context, Decimal, Num, Status};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;

/// A format specifier, taken apart.
struct Spec {
    fill: char,
    align: char,
    sign: char,
    no_negative_zero: bool,
    alternate: bool,
    zero_padded: bool,
    width: usize,
    separator: Option<char>,
    precision: Option<i64>,
    fraction_separator: Option<char>,
    kind: Option<char>,
}

/// How digits are grouped.
struct Locale {
    point: String,
    separator: String,
    grouping: Vec<u8>,
}

#[cold]
fn invalid(vm: &Vm) -> Raised {
    vm.value_error("invalid format string")
}

/// Reads digits, if there are any.
fn number(vm: &Vm, chars: &mut &[char]) -> PyResult<Option<i64>> {
    let count = chars.iter().take_while(|c| c.is_ascii_digit()).count();
    if count == 0 {
        return Ok(None);
    }
    let (digits, rest) = chars.split_at(count);
    *chars = rest;
    let value = digits
        .iter()
        .try_fold(0i64, |n, c| n.checked_mul(10)?.checked_add(c.to_digit(10)? as i64))
        .ok_or_else(|| vm.overflow_error("cannot fit 'int' into an index-sized integer"))?;
    // A width or precision nobody can mean.
    if value > 4_000_000_000 {
        return Err(invalid(vm));
    }
    Ok(Some(value))
}

fn take(chars: &mut &[char], allowed: &[char]) -> Option<char> {
    let (&c, rest) = chars.split_first()?;
    allowed.contains(&c).then(|| {
        *chars = rest;
        c
    })
}

fn parse(vm: &Vm, text: &str) -> PyResult<Spec> {
    const ALIGN: &[char] = &['<', '>', '=', '^'];
    let all: Vec<char> = text.chars().collect();
    let mut chars = &all[..];
    let mut fill = None;
    let mut align = None;
    if let [c, a, rest @ ..] = chars
        && ALIGN.contains(a)
    {
        (fill, align, chars) = (Some(*c), Some(*a), rest);
    } else if let Some(a) = take(&mut chars, ALIGN) {
        align = Some(a);
    }
    let sign = take(&mut chars, &['-', '+', ' ']).unwrap_or('-');
    let no_negative_zero = take(&mut chars, &['z']).is_some();
    let alternate = take(&mut chars, &['#']).is_some();
    let zero_padded = take(&mut chars, &['0']).is_some();
    if zero_padded && align.is_some() {
        return Err(invalid(vm));
    }
    let width = number(vm, &mut chars)?.unwrap_or(0) as usize;
    let separator = take(&mut chars, &[',', '_']);
    let mut precision = None;
    let mut fraction_separator = None;
    if take(&mut chars, &['.']).is_some() {
        precision = number(vm, &mut chars)?;
        fraction_separator = take(&mut chars, &[',', '_']);
        if precision.is_none() && fraction_separator.is_none() {
            return Err(invalid(vm));
        }
    }
    let kind = take(&mut chars, &['e', 'E', 'f', 'F', 'g', 'G', 'n', 'N', '%']);
    if !chars.is_empty() || matches!(kind, Some('n' | 'N')) && separator.is_some() {
        return Err(invalid(vm));
    }
    Ok(Spec {
        fill: fill.unwrap_or(if zero_padded { '0' } else { ' ' }),
        align: align.unwrap_or(if zero_padded { '=' } else { '>' }),
        sign,
        no_negative_zero,
        alternate,
        zero_padded,
        width,
        separator,
        precision,
        fraction_separator,
        kind,
    })
}

/// What the specifier says about grouping; for `n`, the system's locale.
fn locale_of(vm: &Vm, spec: &Spec) -> PyResult<Locale> {
    if !matches!(spec.kind, Some('n' | 'N')) {
        let separator = spec.separator.map(String::from).unwrap_or_default();
        let grouping = if separator.is_empty() { Vec::new() } else { vec![3, 0] };
        return Ok(Locale { point: ".".into(), separator, grouping });
    }
    let module = vm.import_absolute(vm.intern("_locale"))?;
    let conventions = vm.call(vm.getattr_str(module, "localeconv")?, &[])?;
    let get = |name: &str| vm.getitem(conventions, vm.new_str(name));
    let text = |v: Value| vm.str_text(v);
    let mut grouping = Vec::new();
    vm.for_each(get("grouping")?, |n| {
        grouping.push(vm.index_i64(n)? as u8);
        Ok(())
    })?;
    Ok(Locale { point: text(get("decimal_point")?)?, separator: text(get("thousands_sep")?)?, grouping })
}

/// Replaces what the mapping names.
fn override_locale(vm: &Vm, locale: &mut Locale, overrides: Value) -> PyResult<()> {
    let Some(overrides) = overrides.downcast::<Dict>() else {
        return Err(vm.type_error("optional argument must be a dict"));
    };
    let get = |name: &str| -> PyResult<Option<String>> {
        match overrides.get_str(vm.intern(name)) {
            None => Ok(None),
            Some(value) => match value.downcast::<Str>() {
                Some(text) => Ok(Some(text.to_string_lossy().into_owned())),
                None => Err(vm.type_error("bad argument type for built-in operation")),
            },
        }
    };
    let (point, separator, grouping) = (get("decimal_point")?, get("thousands_sep")?, get("grouping")?);
    if let Some(point) = point {
        locale.point = point;
    }
    if let Some(separator) = separator {
        locale.separator = separator;
    }
    if let Some(grouping) = grouping {
        // C's string of groupings: its bytes are signed.
        locale.grouping = grouping.into_bytes();
    }
    if locale.grouping.iter().any(|&n| n > 127)
        || locale.point.is_empty()
        || locale.point.chars().count() > 4
        || locale.separator.chars().count() > 4
    {
        return Err(vm.value_error("invalid override dict"));
    }
    Ok(())
}

/// `format(x, spec)`.
pub fn format(
    vm: &Vm,
    x: Num<'_>,
    spec: Gc<Str>,
    overrides: Option<Value>,
    context: ContextRef,
) -> PyResult<String> {
    let Some(text) = spec.to_utf8() else { return Err(vm.surrogates_not_allowed(spec)) };
    let text = text.into_owned();
    let mut spec = parse(vm, &text)?;
    let mut locale = locale_of(vm, &spec)?;
    if let Some(overrides) = overrides {
        override_locale(vm, &mut locale, overrides)?;
    }
    if spec.kind == Some('N') {
        vm.warn(
            vm.exceptions.deprecation_warning,
            "Format specifier 'N' is deprecated and slated for removal in Python 3.18",
            1,
        )?;
    }
    let kind = match spec.kind {
        Some('n') => 'g',
        Some('N') => 'G',
        Some(kind) => kind,
        None if context.upper_case() => 'G',
        None => 'g',
    };
    if !x.is_finite() {
        return Ok(special(x, &mut spec, kind));
    }
    let plain = matches!(kind, 'f' | 'F' | '%');
    if plain && x.exp.abs() > adder_decimal::context::MAX_COMPUTED {
        return Err(vm.raise_class(vm.exceptions.memory_error, &[]));
    }
    Ok(finite(x, &spec, kind, &locale, &context.arithmetic()))
}

/// Infinities and NaNs are not padded with zeros.
fn special(x: Num<'_>, spec: &mut Spec, kind: char) -> String {
    let mut body = super::conversion::text(x.abs(), true);
    if kind == '%' {
        body.push('%');
    }
    if spec.zero_padded {
        spec.fill = ' ';
        spec.align = '>';
    }
    pad(sign_text(x.negative, spec), body, spec)
}

fn sign_text(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.sign) {
        (true, _) => "-",
        (_, '+') => "+",
        (_, ' ') => " ",
        _ => "",
    }
}

/// The number with at most so many digits.
fn to_digits(x: &Decimal, digits: i64, context: &Context) -> Decimal {
    if x.coeff.as_ref().is_zero() {
        return x.clone();
    }
    let mut ignored = Status::empty();
    let once = context.rescale(x.num(), x.num().adjusted() + 1 - digits, &mut ignored);
    if once.num().adjusted() == x.num().adjusted() {
        return once;
    }
    context.rescale(once.num(), once.num().adjusted() + 1 - digits, &mut ignored)
}

fn finite(x: Num<'_>, spec: &Spec, kind: char, locale: &Locale, context: &Context) -> String {
    let mut x = x.to_decimal();
    let fixed = matches!(kind, 'f' | 'F' | '%');
    let scientific = matches!(kind, 'e' | 'E');
    if kind == '%' {
        x.exp += 2;
    }
    let mut ignored = Status::empty();
    match spec.precision {
        Some(p) if scientific => x = to_digits(&x, p + 1, context),
        Some(p) if fixed => x = context.rescale(x.num(), -p, &mut ignored),
        Some(p) if x.coeff.as_ref().digits() > p.max(1) => x = to_digits(&x, p.max(1), context),
        _ => {}
    }
    let is_zero = x.coeff.as_ref().is_zero();
    if is_zero && x.exp > 0 && fixed {
        x.exp = 0;
    }
    let negative = x.negative && !(is_zero && spec.no_negative_zero);
    let digits = x.coeff.as_ref().digits();
    let left = x.exp + digits;
    let dot = if scientific {
        match spec.precision {
            Some(p) if is_zero => 1 - p,
            _ => 1,
        }
    } else if fixed || x.exp <= 0 && left > -6 {
        left
    } else {
        1
    };
    let mut plain = String::new();
    x.coeff.as_ref().push_digits(&mut plain);
    place_dot(&mut plain, 0, dot);
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let exponent = left - dot;
    let mut tail = String::new();
    if !fraction.is_empty() || spec.alternate {
        tail.push_str(&locale.point);
        tail.push_str(&group_fraction(fraction, spec.fraction_separator));
    }
    if scientific || exponent != 0 {
        let letter = if matches!(kind, 'E' | 'G') { 'E' } else { 'e' };
        tail.push_str(&format!("{letter}{exponent:+}"));
    }
    if kind == '%' {
        tail.push('%');
    }
    let sign = sign_text(negative, spec);
    let room =
        if spec.zero_padded { spec.width.saturating_sub(tail.chars().count() + sign.len()) } else { 0 };
    let mut body = group(whole, locale, room);
    body.push_str(&tail);
    pad(sign, body, spec)
}

fn group_fraction(digits: &str, separator: Option<char>) -> String {
    let Some(separator) = separator else { return digits.to_owned() };
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && i % 3 == 0 {
            out.push(separator);
        }
        out.push(c);
    }
    out
}

/// Separates groups of digits, with zeros in front up to `min_width` characters. A separator has a digit on its left.
fn group(digits: &str, locale: &Locale, min_width: usize) -> String {
    if locale.separator.is_empty() || locale.grouping.is_empty() {
        return format!("{digits:0>min_width$}");
    }
    let separator = locale.separator.chars().count() as i64;
    let mut groups: Vec<String> = Vec::new();
    let (mut rest, mut width) = (digits, min_width as i64);
    let mut sizes = locale.grouping.iter().copied();
    let mut size = i64::MAX;
    loop {
        match sizes.next() {
            // The last size again, and for ever.
            None | Some(0) => {}
            Some(n) if n >= 127 => size = i64::MAX,
            Some(n) => size = n as i64,
        }
        let len = size.min((rest.len() as i64).max(width).max(1)) as usize;
        let (front, group) = rest.split_at(rest.len() - rest.len().min(len));
        groups.push(format!("{group:0>len$}"));
        rest = front;
        width -= len as i64;
        if rest.is_empty() && width <= 0 {
            break;
        }
        width -= separator;
    }
    groups.reverse();
    groups.join(&locale.separator)
}

fn pad(sign: &str, body: String, spec: &Spec) -> String {
    let missing = spec.width.saturating_sub(sign.len() + body.chars().count());
    let fill = |n: usize| std::iter::repeat_n(spec.fill, n).collect::<String>();
    match spec.align {
        '<' => format!("{sign}{body}{}", fill(missing)),
        '=' => format!("{sign}{}{body}", fill(missing)),
        '^' => format!("{}{sign}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
        _ => format!("{}{sign}{body}", fill(missing)),
    }
}
