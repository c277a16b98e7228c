// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelErrors

/// All combinations of reference values of what the fixed effects and offsets are computed from, and
/// the averages of their rows of the model matrix.
///
/// A categorical column has all its levels, a numeric one the values given for it, or its two values
/// if it has no more, or else its mean (`ref_grid` of the R package emmeans, with its `cov.keep`).
/// An offset stands at its mean over the rows, as emmeans has it for models of lme4, unless all that
/// it is computed from has values.
package struct ReferenceGrid: Sendable {
  /// Where the reference values of a column come from.
  package enum Origin: Sendable, Hashable {
    case levels, given, twoValues, mean
    /// Only the offset is computed from the column, and stands at its own mean.
    case meanOffset
  }

  package struct Variable: Sendable {
    package let name: String
    package let origin: Origin
    /// One entry per reference value.
    let values: Column

    var count: Int { values.count }

    /// The reference values as texts; numbers as levels are written.
    package var texts: [String] {
      let categories = values.asCategorical()
      return categories.codes.map { categories.levels[Int($0)] }
    }
  }

  /// Those asked for first, in the order given.
  package let variables: [Variable]
  /// How many variables are asked for; over the others averages are taken.
  package let targetVariableCount: Int
  /// For each combination of the variables asked for, the first varying fastest, the average row of
  /// the model matrix, with an entry for every column.
  package let averages: [[Double]]
  /// The average offset of each.
  package let offsets: [Double]

  /// More cells than anything that is read.
  private static let largestCellCount = 1_000_000

  /// - Parameters:
  ///   - names: the columns asked for.
  ///   - values: reference values of numeric columns.
  ///   - isProportional: whether averages weigh cells by the rows with their values.
  ///   - data: the table of the fit, if something has to be read from it.
  /// - Throws: ``MixedModelError`` if a column is not among the predictors, a value does not suit
  ///   its column, the data are needed and not there or not those of the fit, or the grid is too
  ///   large.
  /// - Complexity: O(cells × columns), and one pass over the data.
  package init(
    of names: [String], at values: [String: [Double]], isProportional: Bool, design: ModelDesign,
    data: DataTable?
  ) throws(MixedModelError) {
    try design.checkReference(names, at: values)
    let rows = try data.map { table throws(MixedModelError) in try design.fittedRows(of: table) }
    var variables: [Variable] = []
    let others = design.populationColumnNames.filter { !names.contains($0) }
    for name in names + others {
      variables.append(try design.variable(name, at: values[name], rows: rows))
    }
    var cellCount = 1
    for variable in variables {
      let (product, isTooLarge) = cellCount.multipliedReportingOverflow(by: variable.count)
      guard !isTooLarge, product <= Self.largestCellCount else {
        throw .referenceGridTooLarge(
          variables.map { ($0.name, $0.count) }, limit: Self.largestCellCount)
      }
      cellCount = product
    }
    let targetCount = variables.prefix(names.count).reduce(1) { $0 * $1.count }
    let averaged = variables[names.count...]
    let weights = try Self.weights(
      of: averaged, cellCount: cellCount / targetCount, isProportional: isProportional, rows: rows)

    let cells = try design.rows(
      of: try Self.table(variables, cellCount: cellCount), for: .population)
    let columnCount = cells.fixedEffects.columnCount
    var averages = [[Double]](
      repeating: [Double](repeating: 0, count: columnCount), count: targetCount)
    var offsets = [Double](repeating: 0, count: targetCount)
    for cell in 0..<cells.rowCount {
      let (other, target) = cell.quotientAndRemainder(dividingBy: targetCount)
      let weight = weights[other]
      for j in 0..<columnCount { averages[target][j] += weight * cells.fixedEffects[cell, j] }
      if let offset = cells.offset { offsets[target] += weight * offset[cell] }
    }
    if let data, variables.contains(where: { $0.origin == .meanOffset }) {
      let mean = LearntConstants.mean(of: try design.rows(of: data).offset ?? [])
      offsets = [Double](repeating: mean, count: targetCount)
    }
    self.variables = variables
    targetVariableCount = names.count
    self.averages = averages
    self.offsets = offsets
  }

  /// The texts of the variables asked for in each of their combinations.
  package var labels: [[String]] {
    let targets = variables.prefix(targetVariableCount).map(\.texts)
    return averages.indices.map { index in
      var rest = index
      return targets.map { texts in
        defer { rest /= texts.count }
        return texts[rest % texts.count]
      }
    }
  }

  /// The cells as rows of a table, the first variable varying fastest.
  private static func table(
    _ variables: [Variable], cellCount: Int
  ) throws(MixedModelError) -> DataTable {
    var stride = 1
    var columns: [(name: String, column: Column)] = []
    for variable in variables {
      let places = (0..<cellCount).map { $0 / stride % variable.count }
      columns.append((variable.name, variable.values.rows(places)))
      stride *= variable.count
    }
    // A model without predictors has one cell, which a table needs a column to hold.
    if columns.isEmpty { columns.append(("", .numeric(NumericColumn([0])))) }
    return try DataTable(columns)
  }

  /// The share of each combination of values that are averaged over.
  private static func weights(
    of variables: ArraySlice<Variable>, cellCount: Int, isProportional: Bool, rows: CompleteRows?
  ) throws(MixedModelError) -> [Double] {
    guard isProportional, !variables.allSatisfy({ $0.count == 1 }) else {
      return [Double](repeating: 1 / Double(cellCount), count: cellCount)
    }
    guard let rows else { throw .proportionalWeightsNeedData() }
    // The rows' cells among the variables that occur in the data; given values have equal shares.
    var places = [Int](repeating: 0, count: rows.rowCount)
    var cellPlaces = [Int](repeating: 0, count: cellCount)
    var (stride, cellStride) = (1, 1)
    for variable in variables {
      if [.levels, .twoValues].contains(variable.origin), let column = rows[variable.name] {
        let own = column.asCategorical()
        let codes = own.codes(in: variable.texts)
        if let row = codes.firstIndex(where: { $0 < 0 }) {
          throw .newLevel(
            own.levels[Int(own.codes[row])], of: variable.name, rowNumber: rows.rowNumber(row),
            levels: variable.texts)
        }
        for (row, code) in codes.enumerated() { places[row] += stride * Int(code) }
        for cell in cellPlaces.indices {
          cellPlaces[cell] += stride * (cell / cellStride % variable.count)
        }
        stride *= variable.count
      }
      cellStride *= variable.count
    }
    var counts = [Double](repeating: 0, count: stride)
    for place in places { counts[place] += 1 }
    let weights = cellPlaces.map { counts[$0] }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }
}

// MARK: - What the design knows

extension ModelDesign {
  /// The columns from which fixed effects and offsets are computed.
  package var populationColumnNames: [String] { columnNames(for: .population) }

  /// Whether reference values have to be read from the data of the fit.
  package func referenceNeedsData(at values: [String: [Double]]) -> Bool {
    populationColumnNames.contains { schema.levels(of: $0) == nil && values[$0] == nil }
  }

  private var predictorNames: [String] {
    let read = Set(fixedCodings.flatMap(\.columnNamesRead))
    return populationColumnNames.filter { read.contains($0) }
  }

  /// The rows of the fit.
  fileprivate func fittedRows(of data: DataTable) throws(MixedModelError) -> CompleteRows {
    for name in columnNames where data[name] == nil {
      throw .missingColumn(name, available: data.columnNames)
    }
    let rows = try CompleteRows(of: columnNames, in: data)
    guard rows.rowCount == observationCount else {
      throw .otherRowCount(
        rows.rowCount, fitted: observationCount, droppedRowCount: rows.droppedRowCount, source: nil)
    }
    return rows
  }

  fileprivate func checkReference(
    _ names: [String], at values: [String: [Double]]
  ) throws(MixedModelError) {
    let predictors = predictorNames
    for (place, name) in names.enumerated() {
      guard predictors.contains(name) else {
        throw .notAPredictor(name, option: nil, available: predictors)
      }
      guard !names[..<place].contains(name) else { throw .repeatedPredictor(name) }
    }
    for (name, given) in values.sorted(by: { $0.key < $1.key }) {
      guard populationColumnNames.contains(name) else {
        throw .notAPredictor(name, option: "at", available: populationColumnNames)
      }
      guard schema.levels(of: name) == nil else { throw .referenceValuesOfLevels(name) }
      guard !given.isEmpty, given.allSatisfy(\.isFinite), Set(given).count == given.count else {
        throw .referenceValuesNotAccepted(name)
      }
    }
  }

  fileprivate func variable(
    _ name: String, at given: [Double]?, rows: CompleteRows?
  ) throws(MixedModelError) -> ReferenceGrid.Variable {
    if let levels = schema.levels(of: name) {
      let codes = levels.indices.map { Int32($0) }
      return ReferenceGrid.Variable(
        name: name, origin: .levels,
        values: .categorical(CategoricalColumn(codes: codes, levels: levels)))
    }
    if let given {
      return ReferenceGrid.Variable(
        name: name, origin: .given, values: .numeric(NumericColumn(given)))
    }
    guard let rows else { throw .referenceNeedsData(name) }
    guard case .numeric(let column)? = rows[name] else { throw .numericColumnExpected(name) }
    let isPredictor = predictorNames.contains(name)
    if isPredictor, let distinct = column.values.distinct(atMost: 2) {
      return ReferenceGrid.Variable(
        name: name, origin: .twoValues, values: .numeric(NumericColumn(distinct)))
    }
    return ReferenceGrid.Variable(
      name: name, origin: isPredictor ? .mean : .meanOffset,
      values: .numeric(NumericColumn([LearntConstants.mean(of: column.values)])))
  }
}

extension [Double] {
  /// The different numbers, ascending, or `nil` if there are more than so many.
  fileprivate func distinct(atMost limit: Int) -> [Double]? {
    var found: [Double] = []
    for value in self where !found.contains(value) {
      guard found.count < limit else { return nil }
      found.append(value)
    }
    return found.sorted()
  }
}

extension DesignRows.Purpose {
  /// Fixed effects and offsets only.
  fileprivate static let population = DesignRows.Purpose.prediction(
    DesignRows.Purpose.Selection(
      grouped: [], readsOtherCovariates: false, refusesNewLevels: false), with: [])
}
