// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelFormulas

// A design with fewer terms, and its rows from those of the full design: the data are not read again.

extension ModelDesign {
  /// The design of a formula with fewer terms, under what this design has learnt.
  /// - Parameter formula: this design's without some of its terms; with random effects left.
  func reduced(to formula: Formula) throws(MixedModelError) -> ModelDesign {
    try ModelDesign(
      formula: formula, schema: schema, responseKind: responseKind, columnNames: columnNames,
      options: DesignOptions(
        weights: weights, frequencyWeights: frequencyWeights, offset: offset,
        logDeterminant: logDeterminant),
      rowCounts: rowCounts
    ) { names throws(MixedModelError) in
      guard let place = blockIndex(groupedBy: names) else { throw .unknownReduction(of: names) }
      return randomBlocks[place].grouping
    }
  }

  private func blockIndex(groupedBy names: [String]) -> Int? {
    randomBlocks.firstIndex { Set($0.grouping.columns) == Set(names) }
  }

  /// The rows of this design from those of the full design of which it is a part.
  func rows(from rows: DesignRows, of full: ModelDesign) throws(MixedModelError) -> DesignRows {
    guard
      let fixed = CellColumn.combinations(of: full.fixedCellColumns, giving: fixedCellColumns)
    else { throw .unknownReduction(of: fixedEffectNames) }
    let count = rows.rowCount
    let matrix = Matrix(
      rowCount: count, columnCount: fixedEffectCount,
      values: fixed.combined(rows.fixedEffects.values, count: count, .columnByColumn))
    var terms: [DesignRows.Term] = []
    let fullColumns = full.randomCellColumns
    for (block, columns) in zip(randomBlocks, randomCellColumns) {
      guard let place = full.blockIndex(groupedBy: block.grouping.columns),
        let map = CellColumn.combinations(of: fullColumns[place], giving: columns)
      else { throw .unknownReduction(of: block.term.effectNames) }
      let term = rows.terms[place]
      terms.append(
        DesignRows.Term(
          levelCodes: term.levelCodes, levelCount: term.levelCount, dimension: columns.count,
          values: map.combined(term.values, count: count, .rowByRow),
          unstructured: block.term.unstructured))
    }
    return DesignRows(
      fixedEffects: matrix, terms: terms, response: rows.response, weights: rows.weights,
      offset: rows.offset, tableRows: rows.tableRows, tableRowCount: rows.tableRowCount,
      frequencies: rows.frequencies)
  }
}

/// How the entries of a model matrix stand in a flat array.
private enum Layout {
  case columnByColumn, rowByRow
}

extension Matrix {
  /// The product of rows with this matrix, laid out as the rows are.
  fileprivate func combined(_ values: [Double], count: Int, _ layout: Layout) -> [Double] {
    func strides(_ width: Int) -> (row: Int, column: Int) {
      layout == .columnByColumn ? (1, count) : (width, 1)
    }
    let (source, target) = (strides(rowCount), strides(columnCount))
    var result = [Double](repeating: 0, count: count * columnCount)
    for j in 0..<columnCount {
      for i in 0..<rowCount where self[i, j] != 0 {
        let factor = self[i, j]
        for row in 0..<count {
          result[row * target.row + j * target.column] +=
            factor * values[row * source.row + i * source.column]
        }
      }
    }
    return result
  }
}

extension MixedModelError {
  fileprivate static func unknownReduction(of names: [String]) -> MixedModelError {
    MixedModelError(
      .unavailable, .nothing,
      problem: "The rows without a term cannot be made from those of the model: "
        + "\(names.joined(separator: ", ")).",
      remedy: "Fit the smaller model, and compare it with this one.")
  }
}
