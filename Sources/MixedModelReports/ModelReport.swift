// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// What a report is about: a fitted model, and how much of it to tell.
public struct ModelReport: Sendable {
  /// Wall-clock seconds of the parts of a command.
  public struct Timings: Sendable, Hashable {
    /// Reading the data.
    public var read: Double
    /// From the formula to the cross-products.
    public var design: Double
    /// Optimization and extraction.
    public var fit: Double
    /// The whole command from the start of the process.
    public var total: Double

    public init(read: Double, design: Double, fit: Double, total: Double) {
      self.read = read
      self.design = design
      self.fit = fit
      self.total = total
    }
  }

  public let model: any MixedModel
  /// The denominator degrees of freedom of the tests of the coefficients.
  public let degreesOfFreedom: any DegreesOfFreedomMethod
  /// Whose layout text follows.
  public let style: SummaryStyle
  /// What text calls the data, where the layout names them.
  public let dataName: String?
  /// Whether to list the conditional modes.
  public let includesRandomEffects: Bool
  /// `nil` where nobody measured.
  public let timings: Timings?

  public init(
    _ model: any MixedModel, degreesOfFreedom: any DegreesOfFreedomMethod = .infinite,
    style: SummaryStyle = .mixedModels, dataName: String? = nil,
    includesRandomEffects: Bool = false, timings: Timings? = nil
  ) {
    self.model = model
    self.degreesOfFreedom = degreesOfFreedom
    self.style = style
    self.dataName = dataName
    self.includesRandomEffects = includesRandomEffects
    self.timings = timings
  }
}

extension ModelReport {
  /// The tests of the coefficients.
  func coefficientTable() throws(MixedModelError) -> CoefficientTable {
    try table(model, degreesOfFreedom)
  }

  private func table(
    _ model: some MixedModel, _ method: some DegreesOfFreedomMethod
  ) throws(MixedModelError) -> CoefficientTable {
    try model.coefficientTable(degreesOfFreedom: method)
  }

  /// The summary with these tests.
  var summary: ModelSummary { summary(degreesOfFreedom) }

  private func summary(_ method: some DegreesOfFreedomMethod) -> ModelSummary {
    model.summary(degreesOfFreedom: method.degreesOfFreedom(ofCoefficientsOf: model))
  }
}
