//! Tables.

use crate::escape::visible_in_line;
use comfy_table::{presets::NOTHING, ContentArrangement, Table};

/// Print columns under their heads.
pub fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]]) {
    println!("{}", text(heads, rows));
}

/// Columns as wide as their contents, however wide the terminal is: other programs read them too.
fn text<const N: usize>(heads: [&str; N], rows: &[[String; N]]) -> String {
    let mut table = Table::new();
    table
        .load_preset(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(heads)
        .add_rows(rows.iter().map(|row| row.iter().map(|cell| visible_in_line(cell))));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<_> = table.lines().map(|line| line.trim_end().to_string()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_should_be_aligned_and_no_cell_should_break_its_row() {
        let rows = [["1", "A\nB"], ["22", "日本"]].map(|row| row.map(String::from));
        assert_eq!(text(["id", "name"], &rows), "id  name\n1   A\\nB\n22  日本");
        assert_eq!(text(["id", "name"], &[]), "id  name");
    }
}
