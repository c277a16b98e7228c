// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DataTables
import DenseMatrices

extension FitPlan {
  /// The memory of a fit, in bytes.
  ///
  /// The sizes of the arrays are those that the fit will allocate; what is counted once more while
  /// they are built, and the program itself, are rough.
  public struct Memory: Sendable, Hashable {
    public enum Part: String, Sendable, Hashable, CaseIterable {
      /// The program and its libraries.
      case program
      /// The table as it was read, all columns.
      case table
      /// Model matrices, response and weights, one entry per row.
      case rows
      /// The copy of the rows from which the cross-products are accumulated; it is given back.
      case accumulation
      case crossProducts = "cross-products"
      /// The places of the entries of cross-products and factor.
      case analysis
      /// The factor, in whose place the selected inverse is computed; of a generalized model all that
      /// it holds.
      case factor
      /// Vectors, and what factorization, inverse and derivatives need beside the factor.
      case workspace
    }

    private var bytes: [Part: Int] = [:]

    /// The bytes of one part.
    public subscript(part: Part) -> Int { bytes[part] ?? 0 }

    /// The most that is held at one time.
    public var peak: Int {
      let lasting = self[.program] + self[.table] + self[.rows] + self[.crossProducts]
      // The copy of the rows is gone when the factor comes.
      return lasting
        + max(self[.accumulation], self[.analysis] + self[.factor] + self[.workspace])
    }
  }
}

extension FitPlan.Memory {
  /// What the program takes before it has read anything, on Linux with OpenBLAS.
  private static let programByteCount = 20 << 20
  private static let double = MemoryLayout<Double>.stride
  private static let short = MemoryLayout<Int32>.stride

  /// A generalized model holds this many factors at its end: those of the search for the modes and of
  /// the observed information, one with the fixed effects, and two of the fit while the joint
  /// covariance is computed.
  static let generalizedFactorCount = 5

  /// - Parameters:
  ///   - system: what the equations, bordered by the fixed effects, are solved by; if it is not known
  ///     yet, the least that the factor and the cross-products take.
  ///   - data: `nil` where neither a table nor its rows are held.
  ///   - family: `nil` for a linear model.
  init(
    _ design: ModelDesign, _ system: EquationSystem?, data: DataTable?, family: (any Family)?
  ) {
    bytes[.program] = Self.programByteCount
    if let data {
      bytes[.table] = data.columnNames.reduce(0) { $0 + (data[$1]?.byteCount ?? 0) }
      setRows(design, isGeneralized: family != nil)
    }
    // The derivatives of the term factors are held as matrices.
    bytes[.workspace] =
      design.randomEffects.reduce(0) { sum, term in
        let entries = term.pieces.reduce(0) { count, piece in
          let parameters = piece.structure.identityParameters(dimension: piece.count).count
          return count + parameters * piece.count * piece.count
        }
        return sum + entries
      } * Self.double
    let border = design.fixedEffectCount + (family == nil ? 1 : 0)
    guard let system else {
      let effectCount = design.randomEffects.reduce(0) { $0 + $1.effectCount }
      let least = (effectCount * (border + 1) + border * border) * Self.double
      bytes[.crossProducts] = least
      bytes[.factor] = least
      return
    }
    let a = system.matrix.valueCount * Self.double
    guard let layout = system.factor else {
      bytes[.crossProducts] = a
      bytes[.factor] = SchurComplement.valueCount(system.matrix) * Self.double
      bytes[.workspace, default: 0] +=
        Self.krylovValueCount(system.matrix, parameterCount: design.covarianceParameterCount)
        * Self.double
      return
    }
    let l = layout.valueCount * Self.double
    let parameterCount = design.covarianceParameterCount
    let vectors = (layout.matrix.randomCount + border) * (2 * parameterCount + 6)
    bytes[.workspace, default: 0] += (layout.workspaceCount + vectors) * Self.double
    if family == nil {
      bytes[.crossProducts] = a
      bytes[.factor] = l
      bytes[.analysis] = layout.descriptionByteCount
    } else {
      // With the fixed effects and without.
      bytes[.crossProducts] = 2 * a
      bytes[.factor] = Self.generalizedFactorCount * l
      bytes[.analysis] = 2 * layout.descriptionByteCount
    }
  }

  /// The steps after which the Krylov spaces of a well-connected design end.
  private static let krylovStepCount = 25

  /// Vectors over all random effects, and for each thread of the fit the bases of eight Krylov spaces over
  /// those that are not eliminated.
  private static func krylovValueCount(_ matrix: BlockLayout, parameterCount: Int) -> Int {
    let border = matrix.borderCount
    let tail = matrix.randomCount - matrix.terms[0].count
    return matrix.randomCount * (2 * border + 3 * parameterCount + 8 + Lanes.count)
      + LinearAlgebraThreads.count * tail * Lanes.count * (krylovStepCount + 6)
  }

  private mutating func setRows(_ design: ModelDesign, isGeneralized: Bool) {
    let n = design.rowCount
    let p = design.fixedEffectCount
    let terms = design.randomEffects
    let pairCount = terms.count * (terms.count - 1) / 2
    let isWeighted = [design.weights, design.frequencyWeights, design.offset].count { $0 != nil }
    // The response, and each row's place in the table.
    var numbers = p + 2 + isWeighted
    var codes = 0
    for term in terms {
      numbers += term.dimension
      codes += 1
    }
    if isGeneralized {
      // The rows are kept once more as they are reweighted, with their predictors and derivatives;
      // the covariates of the random effects, too, in units of their own.
      numbers += p + Self.generalizedVectorCount
      numbers += terms.reduce(0) { $0 + ($1.dimension > 1 ? $1.dimension : 0) }
      codes += pairCount
    }
    bytes[.rows] = n * (numbers * Self.double + codes * Self.short)
    bytes[.accumulation] =
      n * ((p + 1) * Self.double + (pairCount + max(0, terms.count - 1)) * Self.short)
  }

  /// Vectors with an entry per row: linear predictors, weights, patterns of rows, and derivatives of
  /// the log-density by up to third order.
  private static let generalizedVectorCount = 24
}

extension Column {
  /// The bytes of the values; level names are left out of account.
  fileprivate var byteCount: Int {
    switch self {
    case .numeric(let column): column.values.count * MemoryLayout<Double>.stride
    case .categorical(let column): column.codes.count * MemoryLayout<Int32>.stride
    }
  }
}
