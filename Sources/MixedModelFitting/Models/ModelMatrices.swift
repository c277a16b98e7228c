// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The model matrix Z of one grouping factor's random effects, `n × q`, in sparse form.
///
/// Each row has the k entries of its level and no others. Columns stand level after level.
///
/// R: `getME(model, "Ztlist")`. MixedModels.jl: the elements of `model.reterms`.
public struct RandomEffectsMatrix: Sendable, Hashable {
  /// For each row the index of its level.
  public let levelCodes: [Int32]
  public let levelCount: Int
  /// The number of effects of a level, k.
  public let dimension: Int
  /// The k entries of each row side by side: `k × n`, column-major.
  public let entries: [Double]

  /// n.
  public var rowCount: Int { levelCodes.count }
  /// q, the levels times k.
  public var columnCount: Int { levelCount * dimension }
  /// The entries held, n k, zeros among them included.
  public var storedEntryCount: Int { entries.count }

  /// The entry in row `i` and column `j`, both counted from zero.
  public subscript(i: Int, j: Int) -> Double {
    let offset = j - Int(levelCodes[i]) * dimension
    return (0..<dimension).contains(offset) ? entries[i * dimension + offset] : 0
  }

  /// The whole matrix with its zeros, for small models.
  /// - Complexity: O(n q) time and memory.
  public func dense() -> Matrix {
    var values = [Double](repeating: 0, count: rowCount * columnCount)
    for (row, code) in levelCodes.enumerated() {
      for j in 0..<dimension {
        values[row + (Int(code) * dimension + j) * rowCount] = entries[row * dimension + j]
      }
    }
    return Matrix(rowCount: rowCount, columnCount: columnCount, values: values)
  }
}

extension LinearProblem {
  /// The fixed-effects model matrix with all columns, `n × columns`, in units of the data
  /// (`model.matrix` in R, `model.X` in MixedModels.jl).
  public var fixedEffectsMatrix: Matrix { rows.fixedEffects }

  /// The random-effects model matrix of a grouping factor, or `nil` if the model has none such.
  public func randomEffectsMatrix(_ groupingFactor: String) -> RandomEffectsMatrix? {
    zip(design.randomEffects, rows.terms).first { $0.0.groupingFactor == groupingFactor }.map {
      RandomEffectsMatrix(
        levelCodes: $0.1.levelCodes, levelCount: $0.1.levelCount, dimension: $0.1.dimension,
        entries: $0.1.values)
    }
  }

  /// The response of each row used (`response` in MATLAB, `model.y` in MixedModels.jl).
  public var response: [Double] { rows.response }

  /// The prior weight of each row used, one where none was given (`weights` in R).
  public var weights: [Double] {
    rows.weights ?? [Double](repeating: 1, count: rows.rowCount)
  }

  /// The known part of each row's linear predictor, zero where none was given (`offset`).
  public var offset: [Double] { rows.offset ?? [Double](repeating: 0, count: rows.rowCount) }

  /// For each row used, its index in the table, counted from zero.
  public var tableRows: [Int] { rows.tableRows }
}

extension LinearMixedModel {
  /// The fixed-effects model matrix with all columns, `n × columns`, in units of the data
  /// (`model.matrix` in R, `model.X` in MixedModels.jl).
  public var fixedEffectsMatrix: Matrix { problem.fixedEffectsMatrix }

  /// The random-effects model matrix of a grouping factor, or `nil` if the model has none such.
  public func randomEffectsMatrix(_ groupingFactor: String) -> RandomEffectsMatrix? {
    problem.randomEffectsMatrix(groupingFactor)
  }

  /// The response of each row used (`response` in MATLAB, `model.y` in MixedModels.jl).
  public var response: [Double] { problem.response }

  /// The prior weight of each row used, one where none was given (`weights` in R).
  public var weights: [Double] { problem.weights }

  /// The known part of each row's linear predictor, zero where none was given (`offset`).
  public var offset: [Double] { problem.offset }
}
