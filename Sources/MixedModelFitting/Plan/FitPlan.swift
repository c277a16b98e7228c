// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DataTables
import MixedModelErrors
import ModelFormulas

/// What a fit will take, told before it: the sizes of its blocks, arithmetic, memory and time.
///
///     let plan = try FitPlan("y ~ 1 + x + (1 | user) + (1 | item)", data: ratings)
///     plan.memory.peak                              // bytes
///     plan.work.expectedSeconds(.measured())
///
/// A plan is made from the levels of the grouping factors alone, by the same symbolic analysis that
/// a fit makes: no model matrix, no cross-products and no factor are held. Where columns of the
/// fixed effects turn out to be collinear, the fit is a little smaller than its plan.
public struct FitPlan: Sendable {
  /// A grouping factor with its random effects.
  public struct Group: Sendable, Hashable {
    public let name: String
    public let levelCount: Int
    /// The random effects of one level, k.
    public let effectCount: Int
  }

  /// The design, learnt from the data.
  public let design: ModelDesign
  /// The parameters that the optimizer moves: theta, and in a generalized model mostly the fixed
  /// effects and what the family adds.
  public let optimizedParameterCount: Int
  /// The grouping factors by decreasing number of random effects.
  public let groups: [Group]
  /// The blocks of the lower triangle of the cross-products and of their factor, row by row.
  public let blocks: [Block]
  /// What is factorized densely, or sparsely in supernodes, after the levels that are eliminated one
  /// by one.
  public let tail: Tail
  /// The arithmetic of one evaluation.
  public let work: Work
  /// The memory of the fit.
  public let memory: Memory
  /// Whether the model is a generalized one.
  public let isGeneralized: Bool

  /// The plan of a linear model.
  /// - Throws: ``MixedModelError`` if the formula, the data and the options do not fit together.
  /// - Complexity: O(n) for each term and pair of terms, and the symbolic analysis of the factor.
  public init(
    _ formula: Formula, data: DataTable, options: DesignOptions = DesignOptions()
  ) throws(MixedModelError) {
    let (design, terms) = try ModelDesign.learnedLevels(
      formula: formula, data: data, options: options)
    let border = design.fixedEffectCount + 1
    let system = EquationSystem(
      CrossProductAccumulator(terms: terms, border: [], borderCount: border).layout,
      design.logDeterminant)
    self.init(
      design, system, data: data, work: .linear(design, system),
      memory: Memory(design, system, data: data, family: nil),
      optimizedParameterCount: design.covarianceParameterCount,
      isGeneralized: false)
  }

  /// The plan of a generalized model.
  /// - Throws: ``MixedModelError`` if the formula, the data and the options do not fit together.
  /// - Complexity: as of a linear model.
  public init(
    _ formula: Formula, data: DataTable, family: any Family,
    criterion: GeneralizedCriterion = .laplace, options: DesignOptions = DesignOptions()
  ) throws(MixedModelError) {
    guard options.logDeterminant == .exact else { throw .stochasticOfGeneralizedModel() }
    let (design, terms) = try ModelDesign.learnedLevels(
      formula: formula, data: data, options: options,
      acceptsTwoLevelResponse: family.acceptsTwoLevelResponse, family: family.name)
    let accumulator = CrossProductAccumulator(
      terms: terms, border: [], borderCount: design.fixedEffectCount)
    let layout = CholeskyLayout(accumulator.layout)
    let additional: Int
    switch family.dispersion {
    case .one, .pearson: additional = 0
    case .likelihood, .size: additional = 1
    }
    self.init(
      design, .factor(layout), data: data,
      work: .generalized(design, layout, criterion: criterion),
      memory: Memory(design, .factor(layout), data: data, family: family),
      optimizedParameterCount: design.covarianceParameterCount + additional
        + (criterion.profilesFixedEffects ? 0 : design.fixedEffectCount),
      isGeneralized: true)
  }

  private init(
    _ design: ModelDesign, _ system: EquationSystem, data: DataTable, work: Work, memory: Memory,
    optimizedParameterCount: Int, isGeneralized: Bool
  ) {
    self.design = design
    self.optimizedParameterCount = optimizedParameterCount
    groups = design.randomEffects.map {
      Group(name: $0.groupingFactor, levelCount: $0.levels.count, effectCount: $0.dimension)
    }
    blocks = Block.all(of: design.randomEffects, system)
    tail = Tail(design.randomEffects, system)
    self.work = work
    self.memory = memory
    self.isGeneralized = isGeneralized
  }

  public var formula: Formula { design.formula }

  /// The rows used; a generalized model may yet join those that agree.
  public var rowCount: Int { design.rowCount }

  /// The rows left out because a column of the model has no value there.
  public var droppedRowCount: Int { design.droppedRowCount }

  /// The columns of the fixed-effects model matrix, p.
  public var fixedEffectCount: Int { design.fixedEffectCount }

  /// The covariance parameters, the length of theta.
  public var covarianceParameterCount: Int { design.covarianceParameterCount }

  /// The random effects, q.
  public var randomEffectCount: Int { groups.reduce(0) { $0 + $1.levelCount * $1.effectCount } }

  /// The bytes of the factor as it is stored, for which the selected inverse takes no further ones; of
  /// a generalized model those of all factors that it holds.
  public var factorByteCount: Int { memory[.factor] }

  /// The entries of the factor, fill included and the unused triangle of dense blocks not.
  public var factorEntryCount: Int { blocks.reduce(0) { $0 + $1.factorEntryCount } }
}

extension RandomEffectsTerm {
  /// The covariance parameters of the term, counted without the matrices that they parameterize.
  var covarianceParameterCount: Int {
    pieces.reduce(0) { $0 + $1.structure.identityParameters(dimension: $1.count).count }
  }
}

extension ModelDesign {
  var covarianceParameterCount: Int {
    randomEffects.reduce(0) { $0 + $1.covarianceParameterCount }
  }
}
