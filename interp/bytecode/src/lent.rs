//! Text and bytes that a unit owns or that lie in a mapped image.
//!
//! Most names and strings of decoded units come from the embedded image, which lives as long as the process: they are lent,
//! not copied. Those of the compiler and of files are owned. Derefs to the contents.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// See the module documentation.
pub enum Lent<T: ?Sized + 'static> {
    Static(&'static T),
    Owned(Box<T>),
}

/// A name.
pub type Text = Lent<str>;
/// The bytes of a string or bytes constant.
pub type Bytes = Lent<[u8]>;

impl<T: ?Sized> Clone for Lent<T>
where
    Box<T>: Clone,
{
    fn clone(&self) -> Self {
        match self {
            Lent::Static(s) => Lent::Static(s),
            Lent::Owned(s) => Lent::Owned(s.clone()),
        }
    }
}

impl<T: ?Sized> Deref for Lent<T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        match self {
            Lent::Static(s) => s,
            Lent::Owned(s) => s,
        }
    }
}

impl<T: ?Sized> Default for Lent<T>
where
    Box<T>: Default,
{
    fn default() -> Self {
        Lent::Owned(Box::default())
    }
}

impl<T: ?Sized + PartialEq> PartialEq for Lent<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

macro_rules! owned_from {
    ($($target:ty: $($source:ty)*;)*) => {$($(
        impl From<$source> for Lent<$target> {
            fn from(source: $source) -> Self {
                Lent::Owned(source.into())
            }
        }
    )*)*};
}
owned_from! {
    str: &str String Box<str> Cow<'_, str>;
    [u8]: &[u8] Vec<u8> Box<[u8]> Cow<'_, [u8]>;
}

impl<const N: usize> From<[u8; N]> for Bytes {
    fn from(source: [u8; N]) -> Bytes {
        Lent::Owned(Box::new(source))
    }
}

impl FromIterator<u8> for Bytes {
    fn from_iter<I: IntoIterator<Item = u8>>(iter: I) -> Bytes {
        Lent::Owned(iter.into_iter().collect())
    }
}
