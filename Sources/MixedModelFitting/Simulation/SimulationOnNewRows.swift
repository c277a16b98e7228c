// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors

extension MixedModel {
  /// Random responses for the rows of a table, those of the fit or others, without a response
  /// column.
  ///
  /// New random effects are drawn for the groups of the table, whether the fit had them or not;
  /// current ones are those of the fit's groups. Prior weights, and the trials of a binomial
  /// response, are read from the table; binomial responses are proportions. Response r, counted from
  /// one, is drawn from stream r of the seed: for the rows of the fit it is the one without a table.
  /// Frequency weights are not read: each value is the response of one observation.
  ///
  /// R: `simulate(newdata, nsim, seed, re.form, allow.new.levels)`. MixedModels.jl: `simulate`.
  /// MATLAB: `random(model, table)`.
  /// - Returns: `count` responses with one value for each row of the table; NaN where a value of
  ///   the model's columns is missing.
  /// - Throws: ``MixedModelError`` if the count is not positive or more than the machine can hold, a column is absent or of another
  ///   kind, a row with current random effects has a level that the fit did not have, the family has
  ///   no draws, or a simulated mean is outside its range.
  /// - Complexity: O(n (p + Σ k)) for each response.
  public func simulatedResponses(
    count: Int, seed: UInt64, randomEffects: SimulatedRandomEffects = .new, in data: DataTable
  ) throws(MixedModelError) -> [[Double]] {
    let rows = try design.simulationRows(of: data, randomEffects: randomEffects)
    let tableWeights = try design.tableWeights(
      of: data, family: family)
    let weights = tableWeights.map { weights in rows.tableRows.map { weights[$0] } }
    let distribution = ResponseDistribution(
      self, rows: rows, weights: weights?.map { $0.isNaN ? 1 : $0 }, randomEffects: randomEffects)
    return try distribution.draws(count: count, seed: seed).map { response in
      var values = [Double](repeating: .nan, count: data.rowCount)
      for (row, place) in rows.tableRows.enumerated() where weights?[row].isNaN != true {
        values[place] = response[row]
      }
      return values
    }
  }
}

extension ModelDesign {
  /// The complete rows of a table, groups that the fit did not have numbered after the others.
  fileprivate func simulationRows(
    of table: DataTable, randomEffects: SimulatedRandomEffects
  ) throws(MixedModelError) -> DesignRows {
    let names = columnNames(for: .prediction)
    for name in names where table[name] == nil {
      throw .missingColumn(name, available: table.columnNames)
    }
    var evaluator = ColumnEvaluator(
      rows: try CompleteRows(of: names, in: table), constants: schema.constants)
    let rows = try rows(from: &evaluator, for: .prediction)
    var terms: [DesignRows.Term] = []
    for (term, block) in zip(rows.terms, randomBlocks) {
      switch randomEffects {
      case .current:
        if let row = term.levelCodes.firstIndex(where: { $0 < 0 }) {
          throw .currentEffectsOfNewLevel(
            of: block.grouping.name, rowNumber: rows.tableRows[row] + 1)
        }
        terms.append(term)
      case .new:
        let newGroups = block.grouping.newGroups(of: term.levelCodes, in: &evaluator)
        terms.append(
          DesignRows.Term(
            levelCodes: newGroups.codes, levelCount: term.levelCount + newGroups.count,
            dimension: term.dimension, values: term.values))
      }
    }
    return DesignRows(
      fixedEffects: rows.fixedEffects, terms: terms, response: rows.response, weights: nil,
      offset: rows.offset, tableRows: rows.tableRows, tableRowCount: rows.tableRowCount)
  }

  /// The prior weights of all rows of a table, trials included and missing ones NaN; `nil` if the
  /// model has none.
  fileprivate func tableWeights(
    of table: DataTable, family: any Family
  ) throws(MixedModelError) -> [Double]? {
    var result = try Trials.values(of: formula.response, in: table, family: family)
    guard let weights else { return result }
    guard case .numeric(let column) = try table.column(weights) else {
      throw .categoricalOptionColumn(weights, option: "weights")
    }
    if let row = column.values.firstIndex(where: { $0 <= 0 }) {
      throw .weightNotPositive(column.values[row], in: weights, rowNumber: row + 1)
    }
    result = result.map { zip($0, column.values).map { $0 * $1 } } ?? column.values
    return result
  }
}

extension GroupingFactor {
  /// The codes of rows with numbers for the groups that were not learnt, too: they follow the
  /// others, in the order in which they first appear.
  /// - Parameter codes: -1 for such groups.
  fileprivate func newGroups(
    of codes: [Int32], in evaluator: inout ColumnEvaluator
  ) -> (codes: [Int32], count: Int) {
    var codes = codes
    var numbers: [[Int32]: Int32] = [:]
    for row in codes.indices where codes[row] < 0 {
      let key = columns.map { evaluator.categories(of: $0)?.codes[row] ?? -1 }
      let number = numbers[key] ?? Int32(numbers.count)
      numbers[key] = number
      codes[row] = Int32(levels.count) + number
    }
    return (codes, numbers.count)
  }
}
