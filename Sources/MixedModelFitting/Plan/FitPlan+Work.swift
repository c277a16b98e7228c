// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices

extension FitPlan {
  /// The arithmetic of one evaluation of the criterion, additions and multiplications counting one
  /// each.
  public struct Work: Sendable, Hashable {
    /// Operations of one factorization.
    public let factorization: Double
    /// Operations of one evaluation with gradient and model Hessian, all factorizations included.
    public let evaluation: Double
    /// Bytes of cross-products and factor that pass through the processor in one such evaluation, a
    /// block being read and written once per step.
    public let evaluationByteCount: Double
    /// The evaluations that a fit by the default optimizer is likely to take.
    public let expectedEvaluationCount: Int

    // One evaluation by kind: within dense blocks, at scattered places, moves, rows' numbers.
    let dense: Double
    let scattered: Double
    let moved: Double
    let rowNumbers: Double
    /// The numbers that design and cross-products go through.
    let designNumbers: Double
    /// The operations within dense blocks of the cross-products of the rows.
    let designOperations: Double
  }
}

extension FitPlan.Work {
  /// From moment estimates fits take 3 to 6 evaluations.
  private static let evaluationCount = 5
  private static let generalizedEvaluationCount = 7
  /// Factorizations in the search for the modes of one evaluation, from the last modes on.
  private static let factorizationsPerSearch = 3.0
  /// Passes over the rows in such a search: linear predictor, derivatives, cross-products and score.
  private static let passesPerSearch = 3.0

  static func linear(_ design: ModelDesign, _ system: EquationSystem) -> FitPlan.Work {
    guard let layout = system.factor else {
      return FitPlan.Work(
        design, Evaluation(design, system), evaluationCount: evaluationCount,
        factorizationCount: 1, rowNumbers: 0)
    }
    return FitPlan.Work(
      design, Evaluation(design, layout), evaluationCount: evaluationCount,
      factorizationCount: 1, rowNumbers: 0)
  }

  static func generalized(
    _ design: ModelDesign, _ layout: CholeskyLayout, criterion: GeneralizedCriterion
  ) -> FitPlan.Work {
    let numbersPerRow = design.randomEffects.reduce(design.fixedEffectCount) {
      $0 + 2 * $1.dimension * $1.dimension
    }
    let points = Double(criterion.quadraturePoints)
    let perRow =
      passesPerSearch * Double(numbersPerRow) + responseNumbers * (passesPerSearch + points)
    return FitPlan.Work(
      design, Evaluation(design, layout), evaluationCount: generalizedEvaluationCount,
      // One more, with the fixed effects, for the model of the Hessian.
      factorizationCount: factorizationsPerSearch + 1, rowNumbers: Double(design.rowCount) * perRow)
  }

  /// What a row's density and its derivatives cost, in numbers of a row that are passed through.
  private static let responseNumbers = 4.0
  /// What it costs to find the place of a row's levels in two grouping factors, likewise.
  private static let pairNumbers = 13.0

  private init(
    _ design: ModelDesign, _ evaluation: Evaluation, evaluationCount: Int,
    factorizationCount: Double, rowNumbers: Double
  ) {
    let (factorization, inverse) = (evaluation.factorization, evaluation.inverse)
    dense = factorizationCount * factorization.dense + inverse.dense + evaluation.denseProducts
    moved = factorizationCount * factorization.moved + inverse.moved
    scattered =
      factorizationCount * factorization.scattered + inverse.scattered + evaluation.products
    self.rowNumbers = rowNumbers
    self.factorization = factorization.operations
    self.evaluation = dense + scattered + 2 * rowNumbers
    evaluationByteCount =
      (factorizationCount + 2) * 2 * evaluation.bytes + rowNumbers * Self.doubleBytes
    expectedEvaluationCount = evaluationCount
    let p = Double(design.fixedEffectCount)
    let n = Double(design.rowCount)
    let terms = design.randomEffects
    let pairCount = Double(terms.count * (terms.count - 1) / 2)
    // Columns of fixed effects are evaluated, then centred.
    designNumbers =
      n * (2 * p + Self.pairNumbers * pairCount + Double(terms.reduce(1) { $0 + $1.dimension + 1 }))
    designOperations = 3 * n * (p + 1) * (p + 1)
  }

  private static let doubleBytes = Double(MemoryLayout<Double>.stride)

  /// The parts of one evaluation.
  private struct Evaluation {
    let factorization: FactorWork
    let inverse: FactorWork
    /// Operations of the derivatives beside the inverse: traces, products with A and forward solves
    /// for every covariance parameter.
    let products: Double
    /// Operations of the average information and of the step that follows from it: products of the
    /// derivatives with each other, for each pair of covariance parameters.
    let denseProducts: Double
    /// The bytes of cross-products and factor.
    let bytes: Double

    init(_ design: ModelDesign, _ layout: CholeskyLayout) {
      factorization = .factorization(layout)
      inverse = .selectedInverse(layout)
      let parameterCount = Double(design.covarianceParameterCount)
      let a = Double(layout.matrix.valueCount)
      let l = Double(layout.valueCount)
      let tail = Double(layout.tail.valueCount - layout.tail.entryCount)
      products = 2 * (parameterCount + 1) * a + 2 * parameterCount * (l - tail)
      bytes = (a + l) * FitPlan.Work.doubleBytes
      let rowCount = Double(layout.matrix.randomCount + layout.matrix.borderCount)
      var sum = parameterCount * parameterCount * (rowCount + parameterCount / 3)
      var later = parameterCount
      for term in design.randomEffects {
        let own = Double(term.covarianceParameterCount)
        sum += 2 * own * Double(term.effectCount) * later
        later -= own
      }
      // A single term of few effects has sums over its levels instead.
      denseProducts = layout.matrix.hasSingleSmallTerm ? 0 : sum
    }

    /// The sweeps over the cross-products that take the place of a factorization: for each eight vectors
    /// one per step of their Krylov spaces, and for each eight probes some for the derivative.
    init(_ design: ModelDesign, _ system: EquationSystem) {
      let matrix = system.matrix
      var probeCount = 0
      if case .schurComplement(_, let count, _) = system { probeCount = count }
      let lanes = Double(Lanes.count)
      func batches(_ count: Int) -> Double { (Double(count) / lanes).rounded(.up) }
      let probes = batches(matrix.krylovSpaceCount(probes: probeCount))
      let solves = batches(matrix.borderCount) + batches(design.covarianceParameterCount)
      let sweeps =
        (solves + probes) * Self.krylovSteps + probes * Self.derivativeVectors
      factorization = FactorWork()
      inverse = FactorWork()
      denseProducts = 0
      let entries = Double(matrix.borderStart)
      products = sweeps * 4 * lanes * entries
      bytes = sweeps * entries * FitPlan.Work.doubleBytes
    }

    /// Typical of well-connected designs.
    private static let krylovSteps = 12.0
    private static let derivativeVectors = 8.0
  }
}

extension LinearProblem {
  /// The arithmetic of a fit, as its ``FitPlan`` tells it.
  public var work: FitPlan.Work { .linear(design, system) }
}

extension GeneralizedProblem {
  /// The arithmetic of a fit by the given criterion, as its ``FitPlan`` tells it.
  public func work(_ criterion: GeneralizedCriterion = .laplace) -> FitPlan.Work {
    .generalized(design, jointLayout, criterion: criterion)
  }
}
