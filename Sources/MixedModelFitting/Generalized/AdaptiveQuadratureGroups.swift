// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import RealModule

/// The groups of a model with one grouping factor at a mode, scaled for quadrature.
///
/// Matrices are k × k, column-major, those of all groups in one array.
struct AdaptiveQuadratureGroups: Sendable {
  let dimension: Int
  let count: Int
  /// The factor λ of the term.
  let factor: [Double]
  /// The modes u.
  let modes: [Double]
  /// `C = Σ W z z'` over the rows of each group.
  let crossProducts: [Double]
  /// `L⁻¹` for `M = LL' = λ'Cλ + I`.
  let inverseFactors: [Double]
  /// `Σ log|M|`.
  let logDeterminant: Double

  /// - Returns: `nil` if the information of some group is not positive definite.
  init?(
    _ accumulator: CrossProductAccumulator, weights: [Double], factor: [Double], modes: [Double]
  ) {
    let shape = accumulator.layout.terms[0]
    let k = shape.dimension
    var values = [Double](repeating: 0, count: accumulator.layout.valueCount)
    accumulator.accumulate(weights: weights, into: &values)
    let crossProducts = Array(
      values[accumulator.layout.diagonalStart[0]...].prefix(shape.levelCount * k * k))
    var inverses = [Double](repeating: 0, count: crossProducts.count)
    var logDeterminant = 0.0
    for group in 0..<shape.levelCount {
      let c = crossProducts[group * k * k..<(group + 1) * k * k]
      var m = multiply(transposed: factor[...], multiply(c, factor[...], k)[...], k)
      for i in 0..<k { m[i + i * k] += 1 }
      let isDefinite = m.withUnsafeMutableBufferPointer { m in
        m.baseAddress.map { choleskyFactorize($0, order: k, leadingDimension: k) == nil } ?? true
      }
      guard isDefinite else { return nil }
      for i in 0..<k { logDeterminant += 2 * Double.log(m[i + i * k]) }
      for j in 0..<k {
        for i in j..<k {
          var sum = i == j ? 1.0 : 0
          for l in j..<i { sum -= m[i + l * k] * inverses[group * k * k + l + j * k] }
          inverses[group * k * k + i + j * k] = sum / m[i + i * k]
        }
      }
    }
    dimension = k
    count = shape.levelCount
    self.factor = factor
    self.modes = modes
    self.crossProducts = crossProducts
    inverseFactors = inverses
    self.logDeterminant = logDeterminant
  }

  /// The displacements `L⁻ᵀz` of all groups for one node z.
  func setDisplacements(_ displacements: inout [Double], node z: ArraySlice<Double>) {
    let k = dimension
    let first = z.startIndex
    for group in 0..<count {
      let inverse = group * k * k
      for i in 0..<k {
        var sum = 0.0
        for j in i..<k { sum += inverseFactors[inverse + j + i * k] * z[first + j] }
        displacements[group * k + i] = sum
      }
    }
  }

  /// `λx` for a vector x of every group.
  func scaled(_ x: [Double]) -> [Double] {
    let k = dimension
    var result = [Double](repeating: 0, count: x.count)
    for group in 0..<count {
      for j in 0..<k {
        let value = x[group * k + j]
        for i in j..<k { result[group * k + i] += factor[i + j * k] * value }
      }
    }
    return result
  }
}

/// What quadrature sums over the nodes: expectations under the normalized summands of each group.
///
/// Nodes are added one at a time; sums are kept relative to the largest summand so far, so that
/// none overflows and nothing need be stored per node.
struct AdaptiveQuadratureSums: Sendable {
  let dimension: Int
  /// The logarithm of the largest summand of each group.
  private var largest: [Double]
  /// The sum of the summands over the largest.
  private var totals: [Double]
  /// `E z`, k per group.
  private(set) var nodeMeans: [Double]
  /// `E zz'`, k × k per group.
  private(set) var nodeProducts: [Double]
  /// `E vz'` for the scores `v = Σ g z_i` of a group's random effects, k × k per group.
  private(set) var scoreProducts: [Double]
  /// `E ∂ℓ/∂t` of each group.
  private(set) var parameterScores: [Double]
  /// `E g` of each row.
  private(set) var scores: [Double]

  private var rescalings: [Double]
  private var shares: [Double]
  private var groupScores: [Double]

  init(groupCount: Int, dimension: Int, rowCount: Int) {
    func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
    self.dimension = dimension
    largest = [Double](repeating: -.infinity, count: groupCount)
    totals = zeros(groupCount)
    nodeMeans = zeros(groupCount * dimension)
    nodeProducts = zeros(groupCount * dimension * dimension)
    scoreProducts = zeros(groupCount * dimension * dimension)
    parameterScores = zeros(groupCount)
    scores = zeros(rowCount)
    rescalings = zeros(groupCount)
    shares = zeros(groupCount)
    groupScores = zeros(groupCount * dimension)
  }

  /// The sum over groups of the logarithms of the integrals.
  var logIntegral: Double {
    zip(largest, totals).reduce(0) { $0 + $1.0 + Double.log($1.1) }
  }

  /// Adds a node's summands, given by their logarithms.
  mutating func add(logSummands: [Double]) {
    for group in totals.indices {
      let value = logSummands[group]
      guard value > -.infinity else {
        rescalings[group] = 1
        shares[group] = 0
        continue
      }
      let peak = max(largest[group], value)
      rescalings[group] = Double.exp(largest[group] - peak)
      shares[group] = Double.exp(value - peak)
      largest[group] = peak
      totals[group] = totals[group] * rescalings[group] + shares[group]
    }
  }

  /// Adds what derivatives need at the node whose summands were added last.
  /// - Parameters:
  ///   - z: the node.
  ///   - derivatives: the response there, to first order.
  mutating func addDerivatives(
    node z: ArraySlice<Double>, _ derivatives: ResponseDerivatives, of term: DesignRows.Term
  ) {
    let k = dimension
    let first = z.startIndex
    for group in totals.indices {
      let rescaling = rescalings[group]
      let share = shares[group]
      for i in 0..<k {
        let place = group * k + i
        nodeMeans[place] = nodeMeans[place] * rescaling + share * z[first + i]
        for j in 0..<k {
          let place = group * k * k + i + j * k
          let product = z[first + i] * z[first + j]
          nodeProducts[place] = nodeProducts[place] * rescaling + share * product
          scoreProducts[place] *= rescaling
        }
      }
      parameterScores[group] *= rescaling
    }
    addScores(derivatives, term)
    for group in totals.indices {
      for j in 0..<k {
        for i in 0..<k {
          scoreProducts[group * k * k + i + j * k] += groupScores[group * k + i] * z[first + j]
        }
      }
    }
  }

  /// Adds the scores of the rows, and leaves the sums `Σ g z_i` of the groups, times their shares.
  private mutating func addScores(_ derivatives: ResponseDerivatives, _ term: DesignRows.Term) {
    let k = dimension
    for i in groupScores.indices { groupScores[i] = 0 }
    if rescalings.contains(where: { $0 != 1 }) {
      for (row, code) in term.levelCodes.enumerated() { scores[row] *= rescalings[Int(code)] }
    }
    derivatives.score.withUnsafeBufferPointer { g in
      term.values.withUnsafeBufferPointer { covariates in
        term.levelCodes.withUnsafeBufferPointer { codes in
          shares.withUnsafeBufferPointer { shares in
            scores.withUnsafeMutableBufferPointer { scores in
              groupScores.withUnsafeMutableBufferPointer { groupScores in
                for row in codes.indices {
                  let group = Int(codes[row])
                  let share = shares[group]
                  // Where a summand vanishes, derivatives may be undefined.
                  guard share > 0 else { continue }
                  let score = share * g[row]
                  scores[row] += score
                  for i in 0..<k { groupScores[group * k + i] += covariates[row * k + i] * score }
                }
              }
            }
          }
        }
      }
    }
    guard !derivatives.parameterScore.isEmpty else { return }
    for (row, code) in term.levelCodes.enumerated() where shares[Int(code)] > 0 {
      parameterScores[Int(code)] += shares[Int(code)] * derivatives.parameterScore[row]
    }
  }

  /// Divides by the totals, so that sums become expectations.
  mutating func normalize(_ term: DesignRows.Term) {
    let k = dimension
    for group in totals.indices {
      let inverse = 1 / totals[group]
      for i in 0..<k { nodeMeans[group * k + i] *= inverse }
      for place in group * k * k..<(group + 1) * k * k {
        nodeProducts[place] *= inverse
        scoreProducts[place] *= inverse
      }
      parameterScores[group] *= inverse
      shares[group] = inverse
    }
    for (row, code) in term.levelCodes.enumerated() { scores[row] *= shares[Int(code)] }
  }
}

/// `ab` for k × k matrices, column-major.
func multiply(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>, _ k: Int) -> [Double] {
  var result = [Double](repeating: 0, count: k * k)
  for j in 0..<k {
    for l in 0..<k {
      let value = b[b.startIndex + l + j * k]
      for i in 0..<k { result[i + j * k] += a[a.startIndex + i + l * k] * value }
    }
  }
  return result
}

/// `a'b` for k × k matrices, column-major.
func multiply(
  transposed a: ArraySlice<Double>, _ b: ArraySlice<Double>, _ k: Int
) -> [Double] {
  var result = [Double](repeating: 0, count: k * k)
  for j in 0..<k {
    for i in 0..<k {
      for l in 0..<k {
        result[i + j * k] += a[a.startIndex + l + i * k] * b[b.startIndex + l + j * k]
      }
    }
  }
  return result
}

/// The transpose of a k × k matrix.
func transpose(_ a: [Double], _ k: Int) -> [Double] {
  (0..<k * k).map { a[$0 / k + $0 % k * k] }
}
