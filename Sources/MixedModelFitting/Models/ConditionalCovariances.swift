// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors

/// The covariance matrices of the random effects of one grouping factor given the data, one per
/// level.
///
/// They are the diagonal blocks of `σ² Λ (Λ'Z'ZΛ + I)⁻¹ Λ'` in a linear model and of
/// `Λ (Λ'Z'WZΛ + I)⁻¹ Λ'` in a generalized one, W the information at the mode: conditional on the
/// fixed effects and theta, whose own uncertainty they leave out.
///
/// R: `attr(ranef(model, condVar = TRUE)$g, "postVar")`. MixedModels.jl: `condVar`.
public struct ConditionalCovariances: Sendable {
  public let groupingFactor: String
  public let levelCount: Int
  /// The number of effects of a level, k.
  public let dimension: Int
  /// Level after level, each matrix column by column.
  let values: [Double]

  /// The covariance matrix of the effects of a level, `k × k`, the levels counted from zero.
  public subscript(level: Int) -> Matrix {
    let size = dimension * dimension
    return Matrix(
      rowCount: dimension, columnCount: dimension,
      values: Array(values[level * size..<(level + 1) * size]))
  }

  /// The variances, `k × levels`.
  public var variances: Matrix {
    var result = Matrix(rowCount: dimension, columnCount: levelCount)
    for level in 0..<levelCount {
      for i in 0..<dimension {
        result[i, level] = max(0, values[(level * dimension + i) * dimension + i])
      }
    }
    return result
  }

  /// The standard deviations, `k × levels`: the standard errors of the conditional modes given the
  /// fixed effects and theta.
  public var standardDeviations: Matrix {
    Matrix(
      rowCount: dimension, columnCount: levelCount,
      values: variances.values.map { $0.squareRoot() })
  }

  init(groupingFactor: String, dimension: Int, values: [Double]) {
    self.groupingFactor = groupingFactor
    self.dimension = dimension
    self.values = values
    levelCount = values.count / (dimension * dimension)
  }
}

/// What conditional covariances are computed from when they are asked for.
struct CovarianceSource: Sendable {
  /// The factors λ that belong to the spherical random effects, and the units of their covariates.
  let factors: [Matrix]
  let effectUnits: [EffectUnits]
  /// The covariance matrices of each of the terms asked for: level after level, each column by
  /// column.
  let values: @Sendable (_ terms: [Int]) throws(MixedModelError) -> [[Double]]

  init(
    factors: [Matrix], effectUnits: [EffectUnits]? = nil,
    values: @escaping @Sendable (_ terms: [Int]) throws(MixedModelError) -> [[Double]]
  ) {
    self.factors = factors
    self.effectUnits = effectUnits ?? factors.map { EffectUnits(dimension: $0.rowCount) }
    self.values = values
  }

  /// That of a fit with a stochastic log-determinant.
  static func unavailable(factors: [Matrix]) -> CovarianceSource {
    CovarianceSource(factors: factors) { _ throws(MixedModelError) in throw .exactFactorNeeded() }
  }

  /// - Parameters:
  ///   - scale: what the factors are relative to.
  ///   - diagonalBlocks: the diagonal blocks of `(Λ'Z'WZΛ + I)⁻¹` for each of the terms asked for.
  init(
    factors: [Matrix], effectUnits: [EffectUnits], scale: Double,
    diagonalBlocks: @escaping @Sendable (_ terms: [Int]) throws(MixedModelError) -> [[Double]]
  ) {
    let released = zip(factors, effectUnits).map { factor, units in
      var factor = factor
      units.release(&factor)
      return factor
    }
    self.init(factors: factors, effectUnits: effectUnits) { terms throws(MixedModelError) in
      zip(terms, try diagonalBlocks(terms)).map {
        scaled(inverseBlocks: $1, by: released[$0], sigma: scale)
      }
    }
  }

  func conditionalCovariances(
    _ groups: [RandomEffects.Group]
  ) throws(MixedModelError) -> [ConditionalCovariances] {
    zip(groups, try values(groups.map(\.position))).map { group, values in
      ConditionalCovariances(
        groupingFactor: group.groupingFactor, dimension: group.names.count, values: values)
    }
  }
}

/// `σ² λ M λ'` for each block M of the inverse.
private func scaled(
  inverseBlocks: [Double], by lambda: Matrix, sigma: Double
) -> [Double] {
  let k = lambda.rowCount
  var values = inverseBlocks
  var half = [Double](repeating: 0, count: k * k)
  for start in stride(from: 0, to: values.count, by: k * k) {
    for j in 0..<k {
      for i in 0..<k {
        half[i + j * k] = (0..<k).reduce(0) { $0 + lambda[i, $1] * values[start + $1 + j * k] }
      }
    }
    for j in 0..<k {
      for i in j..<k {
        let product = (0..<k).reduce(0) { $0 + half[i + $1 * k] * lambda[j, $1] }
        values[start + i + j * k] = sigma * sigma * product
        values[start + j + i * k] = sigma * sigma * product
      }
    }
  }
  return values
}

extension LinearMixedModel {
  var covarianceSource: CovarianceSource {
    let problem = problem
    let factors = problem.covariance.factors(internalTheta)
    return CovarianceSource(
      factors: problem.covariance.termFactors(internalTheta), effectUnits: problem.effectUnits,
      scale: sigma
    ) { terms throws(MixedModelError) in
      var leastSquares = PenalizedLeastSquares(problem.crossProducts, layout: try problem.layout)
      let breakdown = leastSquares.factorize(factors)
      precondition(breakdown == nil, "the factor of a fitted model exists")
      return leastSquares.cholesky.diagonalBlocksOfInverse(terms)
    }
  }
}

extension GeneralizedLinearMixedModel {
  var covarianceSource: CovarianceSource {
    let model = self
    let factors = problem.covariance.factors(internalTheta)
    return CovarianceSource(
      factors: problem.covariance.termFactors(internalTheta), effectUnits: problem.effectUnits,
      scale: 1
    ) { terms in
      let random = model.problem.numbers.random
      var matrix = BlockedMatrix(
        layout: random.layout, values: [Double](repeating: 0, count: random.layout.valueCount))
      random.accumulate(
        weights: model.informationWeights(model.informationKind), into: &matrix.values)
      var cholesky = BlockedCholesky(layout: model.problem.randomLayout)
      let breakdown = cholesky.factorize(matrix, factors: factors)
      precondition(breakdown == nil, "the factor of a fitted model exists")
      return cholesky.diagonalBlocksOfInverse(terms)
    }
  }

  /// The kind of information that enters the criterion.
  var informationKind: InformationKind { information == .observed ? .observed : .expected }

  /// Each row's information on its linear predictor.
  func informationWeights(_ kind: InformationKind) -> [Double] {
    var derivatives = ResponseDerivatives()
    let eta = problem.compression?.compressed(linearPredictor) ?? linearPredictor
    problem.numbers.response.evaluate(
      eta, t: logParameter, ResponseRequest(.newton, information: kind),
      into: &derivatives)
    let weights = kind == .observed ? derivatives.information : derivatives.expectedInformation
    // The estimate of a quasi family's dispersion is part of a pseudo-likelihood fit only.
    guard criterion.isPseudoLikelihood, family.dispersion == .pearson else { return weights }
    return weights.map { $0 / dispersion }
  }
}

extension BlockedCholesky {
  fileprivate mutating func diagonalBlocksOfInverse(_ terms: [Int]) -> [[Double]] {
    withSelectedInverse(borderRows: 0) { inverse in
      terms.map { inverse.diagonalBlocks(ofTerm: $0) }
    }
  }
}

extension RandomEffects.Group {
  /// The covariance matrices of this grouping factor's effects given the data, one per level.
  ///
  /// R: `ranef(condVar = TRUE)`. MixedModels.jl: `condVar`.
  /// - Throws: ``MixedModelError`` if the log-determinant of the fit is stochastic: there is no factor.
  /// - Complexity: a factorization and an inverse on its pattern. For several grouping factors ask
  ///   ``RandomEffects`` for all at once.
  public func conditionalCovariances() throws(MixedModelError) -> ConditionalCovariances {
    try source.conditionalCovariances([self])[0]
  }

  /// The variances of the effects given the data, `k × levels`: the diagonals of
  /// ``conditionalCovariances()``.
  /// - Throws: as ``conditionalCovariances()``.
  public func conditionalVariances() throws(MixedModelError) -> Matrix {
    try conditionalCovariances().variances
  }
}

extension RandomEffects {
  /// The covariance matrices of the effects given the data, for each grouping factor in order.
  ///
  /// R: `ranef(condVar = TRUE)`. MixedModels.jl: `condVar`.
  /// - Throws: ``MixedModelError`` if the log-determinant of the fit is stochastic: there is no factor.
  /// - Complexity: a factorization and an inverse on its pattern.
  public func conditionalCovariances() throws(MixedModelError) -> [ConditionalCovariances] {
    try groups.first?.source.conditionalCovariances(groups) ?? []
  }
}
