// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModels
import Testing

/// What emmeans 1.8.4-1 gives on models of lme4 1.1-31: estimate, standard error, degrees of freedom,
/// limits and, for comparisons, the p-value.
private struct Reference: Sendable {
  let estimate: Double
  let error: Double
  let df: Double
  let lower: Double
  let upper: Double
  let pValue: Double?

  init(_ numbers: Double...) {
    (estimate, error, df) = (numbers[0], numbers[1], numbers[2])
    (lower, upper) = (numbers[3], numbers[4])
    pValue = numbers.count > 5 ? numbers[5] : nil
  }

  /// The tolerances are relative, for limits to the standard error.
  func check(
    _ value: EstimatedCombination?, tolerance: Double = 1e-6, pTolerance: Double = 1e-6,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let value = try #require(value, sourceLocation: location)
    #expect(abs(value.estimate - estimate) < tolerance * error, sourceLocation: location)
    #expect(abs(value.standardError - error) < tolerance * error, sourceLocation: location)
    #expect(
      value.degreesOfFreedom == df || abs(value.degreesOfFreedom - df) < tolerance * df,
      sourceLocation: location)
    #expect(abs(value.lower - lower) < 10 * tolerance * error, sourceLocation: location)
    #expect(abs(value.upper - upper) < 10 * tolerance * error, sourceLocation: location)
    if let pValue {
      #expect(abs(value.pValue - pValue) < pTolerance, sourceLocation: location)
    }
  }
}

@Suite("Estimated marginal means, as of emmeans 1.8.4-1")
struct EstimatedMarginalMeansTests {
  private static func cake(_ table: DataTable? = nil) throws -> LinearMixedModel {
    try .fit(
      "angle ~ 1 + recipe * temp + (1 | recipe & replicate)", data: table ?? Dataset.cake.table,
      criterion: .restrictedMaximumLikelihood)
  }

  @Test("Covariates stand at their mean, with Kenward and Roger's degrees of freedom")
  func covariateMean() throws {
    let means = try Self.cake().estimatedMarginalMeans(
      of: ["recipe"], data: Dataset.cake.table, degreesOfFreedom: .kenwardRoger)
    #expect(means.map(\.levels) == [["A"], ["B"], ["C"]])
    try Reference(33.1222222222, 1.73683357259, 42, 29.6171501685, 36.6272942759)
      .check(means[0].estimate)
    try Reference(31.6, 1.73683357259, 42, 28.0949279463, 35.1050720537).check(means[2].estimate)
    #expect(means.fixedValues.map(\.name) == ["temp"] && means.fixedValues[0].value == "200")
    let pairs = try means.pairwise()
    #expect(pairs.map(\.second) == [["B"], ["C"], ["C"]])
    try Reference(
      1.47777777778, 2.45625359394, 42, -4.48967499434, 7.44523054989, 0.819987854933
    ).check(pairs[0].estimate)
    try Reference(
      0.0444444444444, 2.45625359394, 42, -5.92300832767, 6.01189721656, 0.999819508009
    ).check(pairs[2].estimate)
  }

  @Test("Normal intervals and z tests without degrees of freedom")
  func normal() throws {
    let means = try Self.cake().estimatedMarginalMeans(of: ["recipe"], at: ["temp": [200]])
    try Reference(33.1222222222, 1.73683357259, .infinity, 29.7180909728, 36.5263534716)
      .check(means[0].estimate)
    try Reference(
      1.52222222222, 2.45625359394, .infinity, -4.23450076994, 7.27894521438, 0.809306550078
    ).check(try means.pairwise()[1].estimate)
  }

  @Test("Groups, given values and Bonferroni's method")
  func groups() throws {
    let means = try Self.cake().estimatedMarginalMeans(
      of: ["recipe"], by: ["temp"], at: ["temp": [175, 225]], degreesOfFreedom: .satterthwaite)
    #expect(means.count == 6 && means[3].group == ["225"] && means[3].levels == ["A"])
    try Reference(36.9650793651, 1.87453449072, 56.69737, 33.2109545239, 40.7192042062)
      .check(means[3].estimate, tolerance: 1e-5)
    let pairs = try means.pairwise(adjust: .bonferroni)
    #expect(pairs.count == 6)
    try Reference(
      1.7492063492, 2.65099209991, 56.69737, -4.79101971873, 8.28943241714, 1
    ).check(pairs[0].estimate, tolerance: 1e-5)
  }

  @Test("Several given values are averaged over where they are not asked for")
  func averagedValues() throws {
    let means = try Self.cake().estimatedMarginalMeans(
      of: ["recipe"], at: ["temp": [175, 225]], degreesOfFreedom: .satterthwaite)
    #expect(means.averagedOver == ["temp"])
    try Reference(33.1222222222, 1.73683357259, 41.9999874, 29.6171501374, 36.6272943071)
      .check(means[0].estimate, tolerance: 1e-5)
    try Reference(
      1.47777777778, 2.45625359394, 41.9999874, -4.64730175658, 7.60285731213, 1
    ).check(try means.pairwise(adjust: .holm)[0].estimate, tolerance: 1e-5)
  }

  @Test("A numeric predictor at given values, with Šidák's method")
  func numeric() throws {
    let means = try Self.cake().estimatedMarginalMeans(
      of: ["temp"], at: ["temp": [175, 200, 225]], degreesOfFreedom: .satterthwaite)
    try Reference(28.1714285714, 1.08226299282, 56.69737, 26.0039835835, 30.3388735593)
      .check(means[0].estimate, tolerance: 1e-5)
    try Reference(
      -3.95079365079, 0.407139901434, 222.00001, -4.93032634408, -2.9712609575, 0
    ).check(try means.pairwise(adjust: .sidak)[0].estimate, tolerance: 1e-5)
  }

  @Test("Scheffé's method, by the rank of the comparisons")
  func scheffe() throws {
    let pairs = try Self.cake().estimatedMarginalMeans(
      of: ["recipe"], data: Dataset.cake.table, degreesOfFreedom: .kenwardRoger
    ).pairwise(adjust: .scheffe)
    #expect(pairs.dimension == 2)
    let means = try Self.cake().estimatedMarginalMeans(of: ["recipe"], data: Dataset.cake.table)
    let note = "Comparisons depend on temp, which stands at its mean and interacts with these"
    #expect(means.description.contains(note))
    #expect(
      !(try Self.cake().estimatedMarginalMeans(of: ["recipe"], at: ["temp": [200]]).description
        .contains(note)))
    try Reference(
      1.4777777778, 2.45625359, 42, -4.75543920, 7.71099476, 0.835095441
    ).check(pairs[0].estimate, tolerance: 1e-5)
    #expect(
      pairs.description.contains(
        "P-values and intervals are adjusted by Scheffé's method with rank 2."))
    let normal = try Self.cake().estimatedMarginalMeans(
      of: ["recipe"], data: Dataset.cake.table
    ).pairwise(adjust: .scheffe)
    try Reference(
      1.5222222222, 2.45625359, .infinity, -4.49006473, 7.53450917, 0.825278230
    ).check(normal[1].estimate, tolerance: 1e-5)
    // The means at three values of a covariate lie on a line.
    let line = try Self.cake().estimatedMarginalMeans(
      of: ["temp"], at: ["temp": [175, 200, 225]]
    ).pairwise(adjust: .scheffe)
    #expect(line.dimension == 1)
    let plain = try Self.cake().estimatedMarginalMeans(
      of: ["temp"], at: ["temp": [175, 200, 225]]
    ).pairwise(adjust: .none)
    for (own, other) in zip(line, plain) {
      #expect(abs((own.estimate?.upper ?? .nan) - (other.estimate?.upper ?? 0)) < 1e-9)
    }
  }

  @Test("Correlated random slopes, where Tukey's p-values have few degrees of freedom")
  func machines() throws {
    let model = try LinearMixedModel.fit(
      "score ~ 1 + Machine + (1 + Machine | Worker)", data: Dataset.machines.table,
      criterion: .restrictedMaximumLikelihood)
    let means = try model.estimatedMarginalMeans(
      of: ["Machine"], degreesOfFreedom: .kenwardRoger)
    try Reference(60.3222222222, 3.5286016252, 5, 51.2516629793, 69.3927814652)
      .check(means[1].estimate, tolerance: 3e-4)
    // The difference is that of the fits: a relative 1e-4 in standard errors.
    try Reference(
      -7.96666666667, 2.42110266013, 5, -15.8447198934, -0.0886134399331, 0.048083347792
    ).check(try means.pairwise()[0].estimate, tolerance: 3e-4, pTolerance: 3e-5)
  }

  // glmmTMB 1.1.5, whose standard errors are from exact derivatives, as ours; those of lme4 differ
  // from both by a percent here.
  @Test("Generalized models on both scales: ratios of odds")
  func binomial() throws {
    let table = try Dataset.cbpp.table.withCategorical(["period"])
    let model = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ 1 + period + (1 | herd)", data: table, family: Binomial())
    let link = try model.estimatedMarginalMeans(of: ["period"])
    try Reference(-1.39853246641, 0.232472050657, .infinity, -1.85416931311, -0.942895619715)
      .check(link[0].estimate, tolerance: 1e-4)
    try Reference(
      0.99233229286, 0.306642494971, .infinity, 0.204557978971, 1.78010660675, 0.00664947919573
    ).check(try link.pairwise()[0].estimate, tolerance: 1e-4)
    let response = try model.estimatedMarginalMeans(of: ["period"], scale: .response)
    try Reference(0.198049090134, 0.0369225240947, .infinity, 0.135384114657, 0.280315812146)
      .check(response[0].estimate, tolerance: 1e-4)
    let odds = try response.pairwise()
    #expect(odds.measure == .oddsRatio)
    try Reference(
      2.69751854459, 0.827173816746, .infinity, 1.22698259297, 5.93048861501, 0.00664947919573
    ).check(odds[0].estimate, tolerance: 1e-4)
    #expect(odds.description.contains("1 / 2"))
  }

  @Test("Averages over another factor, with equal and with proportional weights")
  func weights() throws {
    let table = Dataset.contra.table
    let model = try GeneralizedLinearMixedModel.fit(
      "use ~ 1 + age + I(age^2) + urban + livch + (1 | dist)", data: table, family: Binomial())
    let equal = try model.estimatedMarginalMeans(of: ["livch"], data: table, scale: .response)
    #expect(equal.averagedOver == ["urban"])
    try Reference(0.334839484316, 0.0379052655569, .infinity, 0.265038070961, 0.412701406076)
      .check(equal[0].estimate, tolerance: 2e-3)
    let proportional = try model.estimatedMarginalMeans(
      of: ["livch"], weights: .proportional, data: table)
    try Reference(-0.832395981779, 0.169948767251, .infinity, -1.16548944481, -0.49930251875)
      .check(proportional[0].estimate, tolerance: 2e-3)
  }

  // glmmTMB 1.1.5, with the mean of the offset, which emmeans takes for models of lme4.
  @Test("A predictor of two values stands at both; an offset at its mean")
  func twoValuesAndOffset() throws {
    var table = try Dataset.cbpp.table.withCategorical(["period"])
    guard case .categorical(let herds) = try table.column("herd").asCategoricalColumn else {
      return
    }
    let late = herds.codes.map { herds.levels[Int($0)] > "H08" ? 1.0 : 0 }
    var columns = table.columnNames.compactMap { name in
      table[name].map { (name: name, column: $0) }
    }
    columns.append((name: "late", column: .numeric(NumericColumn(late))))
    table = try DataTable(columns)
    let model = try GeneralizedLinearMixedModel.fit(
      "incidence ~ 1 + period + late + offset(log(size)) + (1 | herd)", data: table,
      family: Poisson())
    let means = try model.estimatedMarginalMeans(of: ["period"], data: table, scale: .response)
    #expect(means.averagedOver == ["late"])
    try Reference(2.38289542444, 0.443796386978, .infinity, 1.65415074544, 3.43269234651)
      .check(means[0].estimate, tolerance: 1e-4)
    #expect(means.fixedValues.isEmpty)
    #expect(means.description.contains("The offset stands at its mean."))
    // Values given for its columns determine the offset: a rate per animal.
    let rates = try model.estimatedMarginalMeans(
      of: ["period"], at: ["size": [1], "late": [0]], scale: .link)
    let rate = try #require(rates[0].estimate)
    #expect(abs(rate.estimate - model.fixedEffects.estimates[0]) < 1e-12)
    #expect(try means.pairwise().measure == .ratio)
  }

  @Test("Means that the data do not determine are missing, and others are not")
  func emptyCell() throws {
    let all = try Dataset.cake.table.withCategorical(["temperature"])
    guard case .categorical(let recipe)? = all["recipe"], case .numeric(let temp)? = all["temp"]
    else { return }
    let table = try all.filtered(
      by: temp.values.indices.map { recipe.codes[$0] != 2 || temp.values[$0] != 225 })
    let model = try LinearMixedModel.fit(
      "angle ~ 1 + recipe * temperature + (1 | recipe & replicate)", data: table,
      criterion: .restrictedMaximumLikelihood)
    #expect(model.rank == 17)
    let inference = try model.inference(degreesOfFreedom: .satterthwaite)
    let means = try inference.estimatedMarginalMeans(of: ["recipe"], data: table)
    #expect(means[2].estimate == nil)
    try Reference(33.1222222222, 1.69302413863, 41.5258177, 29.704404945, 36.5400394995)
      .check(means[0].estimate, tolerance: 1e-5)
    let pairs = try means.pairwise()
    // The p-value of R 4.2.2 (ptukey) and SciPy 1.17.1 for these degrees of freedom, which
    // emmeans rounds to 42.
    try Reference(
      1.47777777778, 2.39429769828, 41.5258177, -4.34157065876, 7.29712621431, 0.81155924585
    ).check(pairs[0].estimate, tolerance: 1e-5)
    #expect(pairs[1].estimate == nil && pairs[2].estimate == nil)
    let cells = try inference.estimatedMarginalMeans(
      of: ["recipe"], by: ["temperature"], data: table)
    #expect(cells.map { $0.estimate == nil } == (0..<18).map { $0 == 17 })
    try Reference(34.4, 1.98506646138, 76.2885454, 30.446639315, 38.353360685)
      .check(cells[14].estimate, tolerance: 1e-5)
    #expect(means.description.contains("The data do not determine the means that are missing."))
    #expect(throws: MixedModelError.self) {
      try inference.estimatedMarginalMeans(of: ["recipe"])
    }
  }

  @Test("The coding of a factor changes nothing")
  func codings() throws {
    func means(_ coding: String) throws -> EstimatedMarginalMeans {
      let options = DesignOptions(contrasts: ["recipe": try ContrastSpecification(parsing: coding)])
      return try LinearMixedModel.fit(
        "angle ~ 1 + recipe * poly(temp, 2) + (1 | recipe & replicate)", data: Dataset.cake.table,
        options: options
      ).estimatedMarginalMeans(of: ["recipe"], data: Dataset.cake.table)
    }
    let dummy = try means("dummy")
    for coding in ["helmert", "effects", "polynomial"] {
      for (left, right) in zip(dummy, try means(coding)) {
        let (left, right) = try (#require(left.estimate), #require(right.estimate))
        #expect(abs(left.estimate - right.estimate) < 1e-5)
        #expect(abs(left.standardError - right.standardError) < 1e-5)
      }
    }
  }

  @Test("What does not suit the model is refused by name")
  func refusals() throws {
    let model = try Self.cake()
    func problem(_ body: () throws -> EstimatedMarginalMeans) -> String {
      do {
        return try body().description
      } catch {
        return "\(error)"
      }
    }
    #expect(
      problem { try model.estimatedMarginalMeans(of: ["recip"]) }.contains("a column \"recip\""))
    #expect(
      problem { try model.estimatedMarginalMeans(of: ["recipe"]) }
        .contains("\"temp\" stands at its mean"))
    #expect(
      problem { try model.estimatedMarginalMeans(of: ["recipe"], at: ["recipe": [1]]) }
        .contains("categorical"))
    #expect(
      problem { try model.estimatedMarginalMeans(of: ["recipe"], at: ["temp": [.nan]]) }
        .contains("reference values of \"temp\""))
    #expect(
      problem { try model.estimatedMarginalMeans(of: ["recipe"], by: ["recipe"]) }
        .contains("named twice"))
    #expect(
      problem {
        try model.estimatedMarginalMeans(of: ["recipe"], at: ["temp": [200]], level: 95)
      }.contains("level"))
    #expect(
      problem {
        try model.estimatedMarginalMeans(
          of: ["recipe"], at: ["temp": [1, 2]], weights: .proportional,
          data: Dataset.cake.table.filtered(rows: [0, 1, 2]))
      }.contains("rows"))
  }
}

extension Column {
  /// The column as one of categories.
  fileprivate var asCategoricalColumn: Column { .categorical(asCategorical()) }
}
