// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors

/// The factor of the penalized least-squares system at the estimates, for the variances of linear
/// combinations `x'(β̂ - β) + z'(b̂ - b)`: the conditional mean squared errors of prediction.
///
/// With L the Cholesky factor of `[Λ'Z'WZΛ + I, Λ'Z'WB; B'WZΛ, B'WB]` (B the fixed-effects basis, W
/// the weights of a linear model or the information at the mode of a generalized one) and
/// `L⁻¹ [Λ'z; B-part of x] = [a; c]` the mean squared error is `s² (‖a‖² + c'Sc)`. The first part
/// is the variance of b given β. The second is that of β carried to the combination: S is the
/// identity where the covariance matrix of the fixed effects is that of this system, and puts
/// another in its place where the model has one (the joint covariance of a generalized model,
/// which counts the uncertainty of theta). With z zero the variance is thus `x' vcov x` always.
///
/// Source: Henderson (1975), "Best linear unbiased estimation and prediction under a selection
/// model", Biometrics 31, 423-447; Booth & Hobert (1998), "Standard errors of prediction in
/// generalized linear mixed models", JASA 93, 262-272, equation (8).
package struct JointFactor: Sendable {
  let cholesky: BlockedCholesky
  /// The factors λ, and the units of the covariates that they are for.
  let factors: [Matrix]
  let effectUnits: [EffectUnits]
  let basis: FixedEffectsBasis
  /// What the factors are relative to: `s` above.
  let scale: Double
  /// `s² S`, `rank × rank`.
  let fixedForm: Matrix

  /// - Parameter covariance: that of the fixed effects, `nil` if it is that of the system.
  init(
    cholesky: BlockedCholesky, factors: [Matrix], effectUnits: [EffectUnits],
    basis: FixedEffectsBasis, scale: Double, covariance: Matrix?
  ) {
    self.cholesky = cholesky
    self.factors = factors
    self.effectUnits = effectUnits
    self.basis = basis
    self.scale = scale
    let rank = basis.rank
    guard let covariance else {
      fixedForm = Matrix(
        rowCount: rank, columnCount: rank,
        values: Matrix.identity(rank).values.map { scale * scale * $0 })
      return
    }
    // Of coordinates gamma with β = T gamma the covariance is T⁻¹ V T⁻ᵀ, and the combination of
    // gamma that c stands for is L_BB c.
    let half = basis.solveTransform(covariance).transposed
    let phi = basis.solveTransform(half)
    var factor = Matrix(rowCount: rank, columnCount: rank)
    for j in 0..<rank {
      for i in j..<rank { factor[i, j] = cholesky.borderEntry(i, j) }
    }
    fixedForm = factor.transposed.product(phi.product(factor))
  }

  /// The mean squared error of each row's combination.
  ///
  /// A term without level in a row adds nothing. Rows that are equal are solved for once.
  /// - Complexity: O(n (p + Σ k)), and per distinct row O(Σ k (k + panel) + (tail + p)²), where the
  ///   panel is what a level of a term eliminated level by level meets, and the tail the random
  ///   effects in the dense part of the factor (none with a single grouping factor or nested ones).
  package func meanSquaredErrors(of rows: DesignRows) -> [Double] {
    let patterns = RowPatterns(rows)
    let distinct = patterns.firstRows
    let rank = basis.rank
    let solutions = cholesky.rowSolutions(
      levelCodes: rows.terms.map { term in distinct.map { term.levelCodes[$0] } },
      effects: rows.terms.indices.map {
        rows.terms[$0].held(in: effectUnits[$0], rootWeights: nil)
          .scaledEffects(ofRows: distinct, by: factors[$0])
      },
      border: basis.coordinates(of: rows.fixedEffects, rows: distinct), borderRows: rank,
      rowCount: distinct.count)
    var errors = solutions.randomSquares.map { scale * scale * $0 }
    for row in errors.indices {
      let c = solutions.border[row * rank..<(row + 1) * rank]
      for j in 0..<rank {
        var sum = 0.0
        for i in 0..<rank { sum += fixedForm[i, j] * c[c.startIndex + i] }
        errors[row] += sum * c[c.startIndex + j]
      }
    }
    return patterns.patternOfRow.map { max(0, errors[Int($0)]) }
  }
}

extension DesignRows.Term {
  /// `λ'z` for the given rows, the k entries of each side by side.
  fileprivate func scaledEffects(ofRows rows: [Int], by lambda: Matrix) -> [Double] {
    let k = dimension
    var result = [Double](repeating: 0, count: rows.count * k)
    for (place, row) in rows.enumerated() {
      for j in 0..<k {
        var sum = 0.0
        for i in j..<k { sum += lambda[i, j] * values[row * k + i] }
        result[place * k + j] = sum
      }
    }
    return result
  }
}

extension FixedEffectsBasis {
  /// `T'x` for the given rows of a model matrix, side by side.
  fileprivate func coordinates(of x: Matrix, rows: [Int]) -> [Double] {
    var result = [Double](repeating: 0, count: rows.count * rank)
    for (l, column) in estimable.enumerated() {
      for (place, row) in rows.enumerated() {
        // T is upper triangular.
        for j in l..<rank { result[place * rank + j] += transform[l, j] * x[row, column] }
      }
    }
    return result
  }

  /// `T⁻¹ A`, T being upper triangular.
  fileprivate func solveTransform(_ a: Matrix) -> Matrix {
    var x = a
    for column in 0..<a.columnCount {
      for i in (0..<rank).reversed() {
        var sum = x[i, column]
        for j in i + 1..<max(i + 1, rank) { sum -= transform[i, j] * x[j, column] }
        x[i, column] = sum / transform[i, i]
      }
    }
    return x
  }
}

extension Matrix {
  fileprivate func product(_ other: Matrix) -> Matrix {
    var result = Matrix(rowCount: rowCount, columnCount: other.columnCount)
    for j in 0..<other.columnCount {
      for k in 0..<columnCount {
        for i in 0..<rowCount { result[i, j] += self[i, k] * other[k, j] }
      }
    }
    return result
  }
}

// MARK: - Of fitted models

/// A model that has the factor of its penalized least-squares system, so that predictions have
/// standard errors.
package protocol JointlyEstimated: MixedModel {
  /// - Complexity: a factorization and, in a generalized model, a pass over the rows.
  func jointFactor() throws(MixedModelError) -> JointFactor
}

extension LinearMixedModel: JointlyEstimated {
  package func jointFactor() throws(MixedModelError) -> JointFactor {
    var leastSquares = PenalizedLeastSquares(problem.crossProducts, layout: try problem.layout)
    guard leastSquares.factorize(problem.covariance.factors(internalTheta)) == nil else {
      throw .undefinedCriterion(at: theta)
    }
    return JointFactor(
      cholesky: leastSquares.cholesky, factors: problem.covariance.termFactors(internalTheta),
      effectUnits: problem.effectUnits, basis: problem.crossProducts.basis, scale: sigma,
      covariance: nil)
  }
}

extension GeneralizedLinearMixedModel: JointlyEstimated {
  package func jointFactor() throws(MixedModelError) -> JointFactor {
    // Observed information is positive definite in the random effects at their mode; the expected
    // one serves where it is not in the fixed effects.
    guard let cholesky = jointCholesky(informationKind) ?? jointCholesky(.expected) else {
      throw .noMode()
    }
    return JointFactor(
      cholesky: cholesky, factors: problem.covariance.termFactors(internalTheta),
      effectUnits: problem.effectUnits, basis: problem.numbers.basis, scale: 1,
      covariance: fixedEffects.covariance)
  }

  /// The factor of the joint system with the given information as weights; `nil` if the system is
  /// not positive definite.
  func jointCholesky(_ kind: InformationKind) -> BlockedCholesky? {
    let joint = problem.numbers.joint
    var matrix = BlockedMatrix(
      layout: joint.layout, values: [Double](repeating: 0, count: joint.layout.valueCount))
    joint.accumulate(weights: informationWeights(kind), into: &matrix.values)
    var cholesky = BlockedCholesky(layout: problem.jointLayout)
    let breakdown = cholesky.factorize(matrix, factors: problem.covariance.factors(internalTheta))
    return breakdown == nil ? cholesky : nil
  }
}
