//! From the messages to a table.

use super::batch::Batch;
use super::dictionary::Dictionary;
use super::field::{Field, Kind, Passed};
use super::message::open;
use super::problem::Problem;
use crate::data::content::Input;
use crate::data::read::cells::{Cell, Column, table};
use crate::data::table::{self as kept, Table};
use std::collections::HashMap;

pub fn read(input: &Input) -> Result<Table, Problem> {
    let (file, budget) = (input.file.as_str(), input.budget);
    let (schema, mut messages) = open(&input.bytes)?;
    if schema.i16(0).unwrap_or(0) != 0 {
        return Err(Problem::Unsupported("its numbers are big-endian, which is not supported".to_owned()));
    }
    let fields = schema.tables(1).ok_or(Problem::Damaged)?;
    budget.take_each(file, Some(fields.len()), 512)?;
    let fields =
        fields.into_iter().map(|field| Field::read(field.ok_or(Problem::Damaged)?)).collect::<Result<Vec<_>, _>>()?;
    if fields.is_empty() {
        return Err(Problem::Unsupported("the table has no columns".to_owned()));
    }

    let mut dictionaries: HashMap<i64, Dictionary> = HashMap::new();
    let mut columns: Vec<_> = fields.iter().map(|_| Column::new(file, budget)).collect();
    // What the texts of its dictionary are in a column.
    let mut codes: Vec<Vec<Option<u32>>> = vec![Vec::new(); fields.len()];
    // The same text can be shown by many views, and is read for each.
    let mut left_to_show = (input.bytes.len() as u64).saturating_mul(SHOWN).max(1 << 26);
    let mut rows = 0_usize;
    while let Some(message) = messages.next()? {
        match message.kind {
            2 => {
                let (id, is_delta) = (message.header.i64(0).unwrap_or(0), message.header.bool(2));
                let field = fields.iter().find(|field| field.has_dictionary(id));
                let (Some(field), Some(data)) = (field, message.header.table(1)) else { return Err(Problem::Damaged) };
                let mut batch = Batch::read(input, data, message.body)?;
                let block = batch.block(&field.kind)?;
                let known = dictionaries.entry(id).or_default();
                if !is_delta {
                    *known = Dictionary::default();
                    let those = fields.iter().zip(&mut codes);
                    those.filter(|(field, _)| field.has_dictionary(id)).for_each(|(_, codes)| codes.clear());
                }
                known.push(block)?;
            }
            3 => {
                let left = budget.left();
                let mut batch = Batch::read(input, message.header, message.body)?;
                rows = rows.checked_add(batch.len).ok_or(Problem::Damaged)?;
                // Cells that are all missing take no room in the file.
                budget.take_each(file, Some(rows), 8)?;
                budget.give_back(8 * rows as u64);
                let blocks = fields.iter().map(|field| batch.block(field.stored())).collect::<Result<Vec<_>, _>>()?;
                let taken = left - budget.left();
                let nothing = Dictionary::default();
                for (((field, block), column), codes) in fields.iter().zip(&blocks).zip(&mut columns).zip(&mut codes) {
                    let dictionary = field.dictionary.as_ref().map(|(id, _)| dictionaries.get(id).unwrap_or(&nothing));
                    for row in 0..batch.len {
                        let cell = block.cell(row)?;
                        if let (Kind::Views, Cell::Text(text)) = (&block.kind, cell) {
                            left_to_show = left_to_show.checked_sub(text.len() as u64).ok_or(Problem::Damaged)?;
                        }
                        match (dictionary, cell) {
                            (Some(dictionary), Cell::Number(at, _)) => {
                                dictionary.cell_into(at, column, codes, (file, budget))?;
                            }
                            _ => column.push(cell)?,
                        }
                    }
                }
                drop(blocks);
                budget.give_back(taken);
            }
            _ => {}
        }
    }
    if rows == 0 {
        return Err(Problem::Unsupported("it has no rows".to_owned()));
    }
    let is_passed_over: Vec<bool> = fields.iter().map(|field| matches!(field.kind, Kind::PassedOver(_))).collect();
    let names: Vec<String> = fields.into_iter().map(|field| field.name).collect();
    let mut table = table(Some(names), columns, None, None, Vec::new())?;
    for (column, _) in table.columns.iter_mut().zip(is_passed_over).filter(|(_, is_passed_over)| *is_passed_over) {
        *column = kept::Column::Unread { rows, why: Passed::WHY.to_owned() };
    }
    Ok(table)
}

/// How many times as long as the file the texts of all views may be.
const SHOWN: u64 = 256;
