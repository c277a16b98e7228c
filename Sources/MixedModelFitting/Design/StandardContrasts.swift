// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors

/// Indicators of every level but the base, which defaults to the first (R: `contr.treatment`).
public struct DummyCoding: ContrastCoding {
  public static let name = "dummy"
  public let base: String?

  public init(base: String? = nil) { self.base = base }

  public func contrasts(
    of column: String, levels: [String]
  ) throws(MixedModelError) -> ContrastMatrix {
    indicators(
      of: levels, except: try baseIndex(base, of: column, levels: levels), valueAtBase: 0)
  }
}

/// Deviations from the mean of the levels: the base, by default the first, has -1 in every
/// column (R: `contr.sum` with base `last`; MixedModels.jl: `EffectsCoding`).
public struct EffectsCoding: ContrastCoding {
  public static let name = "effects"
  public let base: String?

  public init(base: String? = nil) { self.base = base }

  public func contrasts(
    of column: String, levels: [String]
  ) throws(MixedModelError) -> ContrastMatrix {
    indicators(
      of: levels, except: try baseIndex(base, of: column, levels: levels), valueAtBase: -1)
  }
}

/// Each level against the mean of those before it (R: `contr.helmert`).
public struct HelmertCoding: ContrastCoding {
  public static let name = "helmert"

  public init() {}

  public init?(base: String?) {
    guard base == nil else { return nil }
  }

  public func contrasts(
    of column: String, levels: [String]
  ) throws(MixedModelError) -> ContrastMatrix {
    var matrix = Matrix(rowCount: levels.count, columnCount: levels.count - 1)
    for j in 0..<levels.count - 1 {
      for i in 0...j { matrix[i, j] = -1 }
      matrix[j + 1, j] = Double(j + 1)
    }
    return ContrastMatrix(columnNames: Array(levels.dropFirst()), matrix: matrix)
  }
}

/// Each level against the one before it (R: `MASS::contr.sdif`; MixedModels.jl: `SeqDiffCoding`).
public struct SequentialDifferenceCoding: ContrastCoding {
  public static let name = "seqdiff"

  public init() {}

  public init?(base: String?) {
    guard base == nil else { return nil }
  }

  public func contrasts(
    of column: String, levels: [String]
  ) throws(MixedModelError) -> ContrastMatrix {
    let count = levels.count
    var matrix = Matrix(rowCount: count, columnCount: count - 1)
    for j in 0..<count - 1 {
      for i in 0..<count {
        let stepsBelow = i <= j ? j + 1 - count : j + 1
        matrix[i, j] = Double(stepsBelow) / Double(count)
      }
    }
    return ContrastMatrix(columnNames: Array(levels.dropFirst()), matrix: matrix)
  }
}

/// Orthonormal polynomials of degree one and up over equally spaced levels (R: `contr.poly`).
public struct PolynomialCoding: ContrastCoding {
  public static let name = "polynomial"

  public init() {}

  public init?(base: String?) {
    guard base == nil else { return nil }
  }

  public func contrasts(
    of column: String, levels: [String]
  ) throws(MixedModelError) -> ContrastMatrix {
    let degree = levels.count - 1
    // Positions within [-1, 1] keep the norms of high degrees far from overflow.
    let positions = levels.indices.map { Double(2 * $0 - degree) / Double(degree) }
    guard let columns = OrthogonalPolynomials.basis(over: positions, degree: degree)?.columns else {
      throw .polynomialContrastsOfTooManyLevels(of: column, levelCount: levels.count)
    }
    let names = (1...degree).map { power in
      switch power {
      case 1: ".L"
      case 2: ".Q"
      case 3: ".C"
      default: "^\(power)"
      }
    }
    return ContrastMatrix(
      columnNames: names,
      matrix: Matrix(
        rowCount: levels.count, columnCount: degree, values: columns.flatMap { $0 }))
  }
}

/// Indicators of all levels (MATLAB: `'full'`; MixedModels.jl: `FullDummyCoding`).
public struct FullCoding: ContrastCoding {
  public static let name = "full"

  public init() {}

  public init?(base: String?) {
    guard base == nil else { return nil }
  }

  public func contrasts(
    of column: String, levels: [String]
  ) throws(MixedModelError) -> ContrastMatrix {
    .indicators(of: levels)
  }
}

// MARK: - Bases

/// The position of the base level; a level called `first` or `last` wins over the keyword.
private func baseIndex(
  _ base: String?, of column: String, levels: [String]
) throws(MixedModelError) -> Int {
  guard let base else { return 0 }
  if let index = levels.firstIndex(of: base) { return index }
  switch base {
  case "first": return 0
  case "last": return levels.count - 1
  default: throw .unknownBaseLevel(base, of: column, levels: levels)
  }
}

/// The indicators of every level but one, which has `valueAtBase` in every column.
private func indicators(
  of levels: [String], except base: Int, valueAtBase: Double
) -> ContrastMatrix {
  var matrix = Matrix(rowCount: levels.count, columnCount: levels.count - 1)
  for j in 0..<levels.count - 1 {
    matrix[j < base ? j : j + 1, j] = 1
    matrix[base, j] = valueAtBase
  }
  var names = levels
  names.remove(at: base)
  return ContrastMatrix(columnNames: names, matrix: matrix)
}
