//! The initial words of a unit: its constants and names, by index; all others are caches.
//!
//! Most words are caches, which start out as zero: only the rest takes memory here.

use crate::unit::Word;
use std::ops::Index;

/// See the module documentation.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Words {
    len: usize,
    /// Words that are no caches, in order of their indices.
    filled: Vec<(u16, Word)>,
}

impl Words {
    /// Number of words, caches included.
    pub fn len(&self) -> usize {
        self.len
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// Appends caches.
    pub fn push_caches(&mut self, n: usize) {
        self.len += n;
    }
    /// Appends a word. False when there are as many as an operand can number.
    pub fn push(&mut self, word: Word) -> bool {
        let Ok(index) = u16::try_from(self.len) else { return false };
        if !matches!(word, Word::Cache) {
            self.filled.push((index, word));
        }
        self.len += 1;
        true
    }
    pub fn get(&self, index: usize) -> Option<&Word> {
        if index >= self.len {
            return None;
        }
        match self.filled.binary_search_by_key(&index, |(i, _)| usize::from(*i)) {
            Ok(at) => Some(&self.filled[at].1),
            Err(_) => Some(&Word::Cache),
        }
    }
    /// Constants and names with their indices.
    pub fn filled(&self) -> impl Iterator<Item = (usize, &Word)> {
        self.filled.iter().map(|(i, word)| (usize::from(*i), word))
    }
    /// Constants and names, to be replaced by others.
    pub fn filled_mut(&mut self) -> impl Iterator<Item = &mut Word> {
        self.filled.iter_mut().map(|(_, word)| word)
    }
}

impl Index<usize> for Words {
    type Output = Word;
    fn index(&self, index: usize) -> &Word {
        self.get(index).expect("the word exists")
    }
}

impl FromIterator<Word> for Words {
    fn from_iter<I: IntoIterator<Item = Word>>(iter: I) -> Words {
        let mut words = Words::default();
        iter.into_iter().for_each(|word| assert!(words.push(word), "operands number the words"));
        words
    }
}

impl From<Vec<Word>> for Words {
    fn from(list: Vec<Word>) -> Words {
        list.into_iter().collect()
    }
}
