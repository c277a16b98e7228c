// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import ModelFormulas

extension SavedModelRecord.DesignRecord {
  init(_ design: ModelDesign) {
    strayTextNotes = design.strayTextNotes.isEmpty ? nil : design.strayTextNotes
    variables = design.schema.variables.mapValues { variable in
      guard case .categorical(let levels, let contrasts) = variable else { return Nullable(nil) }
      return Nullable(
        VariableRecord(
          levels: levels,
          contrasts: Nullable(
            contrasts.map { ContrastsRecord(names: $0.columnNames, matrix: $0.matrix.rows) })))
    }
    constants = design.schema.constants.map { ConstantsRecord($0.description, $1) }
      .sorted { $0.call < $1.call }
    groupingFactors = design.formula.groupings.compactMap { columns in
      design.randomBlocks.first { $0.grouping.columns == columns }.map { block in
        GroupingRecord(
          columns: columns, levels: block.grouping.columnLevels,
          combinations: block.grouping.combinations)
      }
    }
  }

  /// The design of a formula with what these records say of its columns.
  /// - Throws: ``SavedModelFault`` where they do not fit the formula or themselves.
  func design(
    of formula: Formula, data: SavedModelRecord.DataRecord, acceptsTwoLevelResponse: Bool,
    logDeterminant: LogDeterminantMethod
  ) throws -> ModelDesign {
    let categorical = variables.filter { $0.value.value != nil }.keys
    var options = DesignOptions(
      categorical: Set(categorical), weights: data.weights.value,
      frequencyWeights: data.frequencyWeights.value,
      offset: data.offset.value)
    options.logDeterminant = logDeterminant
    let columns = UsedColumns(formula: formula, options: options)
    guard Set(columns.effectNames) == Set(variables.keys) else {
      throw SavedModelFault.member("design.variables")
    }
    let schema = Schema(
      variables: try variables.mapValues { try Self.variable($0.value) },
      constants: try learntConstants(of: formula))
    guard data.rowsUsed > 0, data.rowsDropped >= 0 else {
      throw SavedModelFault.member("data.rowsUsed")
    }
    let hasFrequencies = options.frequencyWeights != nil
    guard hasFrequencies ? data.observations >= data.rowsUsed : data.observations == data.rowsUsed
    else { throw SavedModelFault.member("data.observations") }
    guard (0...(hasFrequencies ? data.rowsDropped : 0)).contains(data.rowsOfFrequencyZero) else {
      throw SavedModelFault.member("data.rowsOfFrequencyZero")
    }
    let factors = try groupingFactors.map { try Self.groupingFactor($0) }
    guard factors.map(\.columns) == formula.groupings else {
      throw SavedModelFault.member("design.groupingFactors")
    }
    return try ModelDesign(
      formula: formula, schema: schema,
      responseKind: ResponseKind(
        of: formula.response, schema: schema, acceptsTwoLevels: acceptsTwoLevelResponse),
      columnNames: columns.names, options: options,
      rowCounts: ModelDesign.RowCounts(
        used: data.rowsUsed, observations: data.observations, dropped: data.rowsDropped,
        zeroFrequency: data.rowsOfFrequencyZero), strayTextNotes: strayTextNotes ?? []
    ) { names throws(MixedModelError) in
      guard let factor = factors.first(where: { $0.columns == names }) else {
        throw .missingColumn(names.joined(separator: " & "))
      }
      return factor
    }
  }

  private static func variable(_ record: VariableRecord?) throws -> Schema.Variable {
    guard let record else { return .numeric }
    try check(levels: record.levels, member: "design.variables")
    return .categorical(
      levels: record.levels,
      contrasts: try record.contrasts.value.map { contrasts in
        guard contrasts.matrix.count == record.levels.count,
          let matrix = Matrix(rows: contrasts.matrix), matrix.columnCount == contrasts.names.count
        else { throw SavedModelFault.member("design.variables") }
        return ContrastMatrix(columnNames: contrasts.names, matrix: matrix)
      })
  }

  private static func check(levels: [String], member: String) throws {
    guard !levels.isEmpty, Set(levels).count == levels.count else {
      throw SavedModelFault.member(member)
    }
  }

  private static func groupingFactor(_ record: GroupingRecord) throws -> GroupingFactor {
    let fault = SavedModelFault.member("design.groupingFactors")
    guard !record.columns.isEmpty, record.levels.count == record.columns.count else { throw fault }
    var limit = 1
    for levels in record.levels {
      try check(levels: levels, member: "design.groupingFactors")
      let (product, isTooLarge) = limit.multipliedReportingOverflow(by: levels.count)
      guard !isTooLarge else { throw fault }
      limit = product
    }
    let combinations = record.combinations
    guard combinations.isEmpty == (record.columns.count == 1),
      combinations.allSatisfy((0..<limit).contains),
      zip(combinations, combinations.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw fault }
    let factor = GroupingFactor(
      record.columns, columnLevels: record.levels, combinations: combinations)
    guard factor.levels.count > 1 else { throw fault }
    return factor
  }
}

// MARK: - Learnt constants

extension SavedModelRecord.DesignRecord.ConstantsRecord {
  fileprivate init(_ call: String, _ constants: LearntConstants) {
    self.call = call
    switch constants {
    case .center(let mean): (centers, scales) = ([mean], [])
    case .scale(let mean, let deviation): (centers, scales) = ([mean], [deviation])
    case .polynomials(let polynomials):
      (centers, scales) = (polynomials.centers, polynomials.squaredNorms)
    }
  }

  fileprivate func constants(of call: Expression) -> LearntConstants? {
    guard case .call(let name, _) = call else { return nil }
    switch (FormulaFunction(rawValue: name), centers.count, scales.count) {
    case (.center, 1, 0): return .center(mean: centers[0])
    case (.scale, 1, 1): return .scale(mean: centers[0], standardDeviation: scales[0])
    case (.poly, _, _):
      guard let degree = try? call.polynomialParts().degree, centers.count == degree,
        scales.count == degree + 2
      else { return nil }
      return .polynomials(OrthogonalPolynomials(centers: centers, squaredNorms: scales))
    default: return nil
    }
  }
}

extension SavedModelRecord.DesignRecord {
  /// The constants of every call of the formula that has some: without them other rows would become
  /// numbers under constants of their own.
  fileprivate func learntConstants(of formula: Formula) throws -> [Expression: LearntConstants] {
    var known: [String: ConstantsRecord] = [:]
    for record in constants { known[record.call] = record }
    let calls = formula.learntCalls
    guard known.count == constants.count, known.count == calls.count else {
      throw SavedModelFault.member("design.constants")
    }
    var result: [Expression: LearntConstants] = [:]
    for call in calls {
      guard let constants = known[call.description]?.constants(of: call) else {
        throw SavedModelFault.member("design.constants")
      }
      result[call] = constants
    }
    return result
  }
}

extension Formula {
  /// The columns of the grouping factors, in the order in which these first stand in the formula.
  fileprivate var groupings: [[String]] {
    var groups: [[String]] = []
    for term in randomTerms where !groups.contains(where: term.isGrouped) {
      groups.append(term.grouping)
    }
    return groups
  }

  /// The calls whose constants are learnt from the data, within others too.
  fileprivate var learntCalls: Set<Expression> {
    let effects = randomTerms.flatMap { $0.effects.flatMap(\.factors) }
    return ([response] + fixedTerms.flatMap(\.factors) + offsets + effects)
      .reduce(into: []) { $1.collectLearntCalls(into: &$0) }
  }
}

extension Expression {
  fileprivate func collectLearntCalls(into calls: inout Set<Expression>) {
    guard case .call(let name, let arguments) = self else { return }
    if let use = FormulaFunction(rawValue: name)?.use, use == .learnt || use == .basis {
      calls.insert(self)
    }
    for argument in arguments { argument.collectLearntCalls(into: &calls) }
  }
}

// MARK: - Matrices

extension Matrix {
  /// The entries, row by row.
  var rows: [[Double]] {
    (0..<rowCount).map { i in (0..<columnCount).map { self[i, $0] } }
  }

  /// The matrix of the given rows, or `nil` if their lengths differ.
  init?(rows: [[Double]]) {
    let columnCount = rows.first?.count ?? 0
    guard rows.allSatisfy({ $0.count == columnCount }) else { return nil }
    self.init(rowCount: rows.count, columnCount: columnCount)
    for (i, row) in rows.enumerated() {
      for (j, value) in row.enumerated() { self[i, j] = value }
    }
  }
}
