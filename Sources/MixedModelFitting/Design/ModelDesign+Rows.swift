// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import DenseMatrices
import MixedModelErrors

extension ModelDesign {
  /// The complete rows of a table in numbers, under what the design has learnt.
  /// - Throws: ``MixedModelError`` if a column is absent or of another kind, a fit has no complete
  ///   row, or a row has a level that the fit did not have.
  package func rows(
    of table: DataTable, for purpose: DesignRows.Purpose = .fitting
  ) throws(MixedModelError) -> DesignRows {
    let names = columnNames(for: purpose)
    for name in names where table[name] == nil {
      throw .missingColumn(name, available: table.columnNames)
    }
    var evaluator = ColumnEvaluator(
      rows: try CompleteRows(
        of: names, in: table, frequencyWeights: purpose.isFit ? frequencyWeights : nil,
        mayBeNone: !purpose.isFit),
      constants: schema.constants)
    return try rows(from: &evaluator, for: purpose)
  }

  /// The columns that rows for the given purpose are read from, each once.
  package func columnNames(for purpose: DesignRows.Purpose) -> [String] {
    guard !purpose.isFit else { return columnNames }
    var names = fixedCodings.flatMap(\.columnNamesRead) + formula.offsets.flatMap(\.variables)
    for (term, block) in randomBlocks.enumerated() {
      if purpose.readsCovariates(ofTerm: term) {
        names += block.codings.flatMap(\.columnNamesRead)
      }
      if purpose.readsGroups(ofTerm: term) { names += block.grouping.columns }
    }
    if let offset { names.append(offset) }
    var seen: Set<String> = []
    return (names + purpose.additionalColumns).filter { seen.insert($0).inserted }
  }

  func rows(
    from evaluator: inout ColumnEvaluator, for purpose: DesignRows.Purpose
  ) throws(MixedModelError) -> DesignRows {
    var terms: [DesignRows.Term] = []
    for (term, block) in randomBlocks.enumerated() {
      terms.append(try block.rows(from: &evaluator, for: purpose, term: term))
    }
    return try rows(from: &evaluator, for: purpose, terms: terms)
  }

  /// The rows of a fit whose levels are known.
  /// - Parameter groups: for each term the level of each row and the number of levels.
  func rows(
    from evaluator: inout ColumnEvaluator, groups: [(codes: [Int32], levelCount: Int)]
  ) throws(MixedModelError) -> DesignRows {
    var terms: [DesignRows.Term] = []
    for (block, group) in zip(randomBlocks, groups) {
      terms.append(
        DesignRows.Term(
          levelCodes: group.codes, levelCount: group.levelCount, dimension: block.term.dimension,
          values: try block.covariates(from: &evaluator), unstructured: block.term.unstructured))
    }
    return try rows(from: &evaluator, for: .fitting, terms: terms)
  }

  private func rows(
    from evaluator: inout ColumnEvaluator, for purpose: DesignRows.Purpose,
    terms: [DesignRows.Term]
  ) throws(MixedModelError) -> DesignRows {
    let rowCount = evaluator.rows.rowCount
    return DesignRows(
      fixedEffects: try fixedEffectsMatrix(from: &evaluator), terms: terms,
      response: purpose.isFit
        ? try responseKind.values(of: formula.response, in: &evaluator)
        : [Double](repeating: 0, count: rowCount),
      weights: purpose.readsWeights(weights) ? try weightValues(from: evaluator) : nil,
      offset: try offsetValues(from: &evaluator), tableRows: evaluator.rows.tableRows,
      tableRowCount: evaluator.rows.tableRowCount, frequencies: evaluator.rows.frequencies)
  }

  private func fixedEffectsMatrix(
    from evaluator: inout ColumnEvaluator
  ) throws(MixedModelError) -> Matrix {
    let rowCount = evaluator.rows.rowCount
    var values = [Double](repeating: 0, count: rowCount * fixedEffectCount)
    for (coding, columns) in zip(fixedCodings, fixedTermColumns) {
      let placement = ColumnPlacement(
        start: columns.lowerBound * rowCount, columnStride: rowCount, rowStride: 1)
      try coding.write(to: &values, at: placement, from: &evaluator)
    }
    return Matrix(rowCount: rowCount, columnCount: fixedEffectCount, values: values)
  }

  /// The prior weights, or `nil` if all are one.
  private func weightValues(from evaluator: ColumnEvaluator) throws(MixedModelError) -> [Double]? {
    guard let weights else { return nil }
    guard case .numeric(let column)? = evaluator.rows[weights] else {
      throw .categoricalOptionColumn(weights, option: "weights")
    }
    let values = column.values
    var areAllOne = true
    for i in values.indices where values[i] != 1 {
      guard values[i] > 0 else {
        throw .weightNotPositive(
          values[i], in: weights, rowNumber: evaluator.rows.rowNumber(i))
      }
      areAllOne = false
    }
    return areAllOne ? nil : values
  }

  /// The sum of all offsets, or `nil` if there is none.
  private func offsetValues(
    from evaluator: inout ColumnEvaluator
  ) throws(MixedModelError) -> [Double]? {
    var sum: [Double]?
    for expression in formula.offsets {
      sum = added(try evaluator.values(of: expression), to: sum)
    }
    if let offset {
      guard case .numeric(let column)? = evaluator.rows[offset] else {
        throw .categoricalOptionColumn(offset, option: "offset")
      }
      sum = added(column.values, to: sum)
    }
    return sum
  }
}

private func added(_ values: [Double], to sum: [Double]?) -> [Double] {
  guard var sum else { return values }
  for i in sum.indices { sum[i] += values[i] }
  return sum
}
