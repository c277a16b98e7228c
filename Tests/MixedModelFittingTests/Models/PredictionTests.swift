// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import MixedModelFitting
import ModelFormulas
import Testing

/// References: lme4 1.1-31 under R 4.2.2, `predict` of fits by `bobyqa` with `rhoend = 1e-10`. Its
/// optimum and ours differ by some 1e-7, which the modes see.
@Suite("Predictions")
struct PredictionTests {
  private static let newSubjects = KeyValuePairs<String, [String?]>(
    dictionaryLiteral: ("subj", ["S308", "S337", "S372", "S999"]))

  /// Four rows for the model of sleepstudy, the last of an unknown subject.
  private func sleepRows() throws -> DataTable {
    try DataTable(numeric: ["days": [0, 3.5, 12, 5]], categorical: Self.newSubjects)
  }

  static func cbpp() throws -> GeneralizedLinearMixedModel {
    try .fit("incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial)
  }

  static func cbppRows() throws -> DataTable {
    try DataTable(
      numeric: ["size": [10, 20, 5, 8]],
      categorical: ["period": ["1", "2", "4", "3"], "herd": ["H01", "H07", "H15", "H99"]])
  }

  @Test("Predictions for the rows of the fit are its fitted values, with and without effects")
  func fittedRows() throws {
    let table = try simulatedTable()
    for test in TestModel.structures {
      let model = try LinearMixedModel.fit(
        Formula(test.formula), data: try test.table(), options: test.options)
      let all = try model.predict(test.table())
      #expect(all.scale == .response && all.interval == nil && all.standardErrors == nil)
      #expect(all.values == model.fittedValues())
      #expect(
        try model.predict(test.table(), conditioningOn: .none).values
          == model.fittedValues(.population))
    }
    for family in [FamilyWithLink.logit, .gammaLog, .negativeBinomialLog] {
      let model = try GeneralizedLinearMixedModel.fit(
        Formula("\(family.response) ~ 1 + x + (1 + x | g) + (1 | h)"), data: generalizedTable,
        family: family.family, link: family.link,
        options: DesignOptions(offset: "o"))
      let response = try model.predict(generalizedTable)
      let link = try model.predict(generalizedTable, scale: .link)
      for (row, fitted) in model.fittedValues().enumerated() {
        #expect(ModelFits.agree(response.values[row], fitted, 1e-12))
        #expect(ModelFits.agree(link.values[row], model.linearPredictor[row], 1e-12))
      }
      #expect(
        try model.predict(generalizedTable, conditioningOn: .none, scale: .link).values
          == model.linearPredictor(.population))
    }
    #expect(table.rowCount == 72)
  }

  @Test("A linear model predicts new rows as lme4 does")
  func linear() throws {
    let model = try ModelFits.sleepstudy()
    let rows = try sleepRows()
    let known = [254.220787070762, 352.920239720180, 404.859770270976]
    let population = [251.405104848484, 288.040605707068, 377.012536363630, 303.741534646462]
    #expect(ModelFits.agree(try model.predict(rows.filtered(rows: [0, 1, 2])).values, known, 1e-6))
    #expect(
      ModelFits.agree(try model.predict(rows, conditioningOn: .none).values, population, 1e-9))
    let allowed = try model.predict(rows, newLevels: .population)
    #expect(ModelFits.agree(allowed.values, known + [population[3]], 1e-6))
    #expect(allowed.statuses == [.predicted, .predicted, .predicted, .newLevel])
    #expect(allowed[3].status == .newLevel && allowed[3].lower == nil)
    let missing = try model.predict(rows, newLevels: .missing)
    #expect(Array(missing.values[..<3]) == Array(allowed.values[..<3]))
    #expect(missing.values[3].isNaN && missing.statuses[3] == .newLevel)
  }

  @Test("A model of crossed factors conditions on those chosen, as lme4's re.form does")
  func chosenFactors() throws {
    let model = try ModelFits.penicillin()
    let rows = try DataTable(categorical: ["sample": ["A", "F", "C"], "plate": ["a", "x", "m"]])
    #expect(
      ModelFits.agree(
        try model.predict(rows).values,
        [25.9622857021377, 18.7508185419797, 26.3360506544217], 1e-7))
    #expect(
      ModelFits.agree(
        try model.predict(rows, conditioningOn: .groupingFactors(["plate"])).values,
        [23.7766259367221, 21.7526423970097, 24.3993901027875], 1e-7))
    // The column of a factor that takes no part may be absent.
    let samples = try DataTable(categorical: ["sample": ["A", "F", "C"]])
    #expect(
      ModelFits.agree(
        try model.predict(samples, conditioningOn: .groupingFactors(["sample"])).values,
        [25.1578819876366, 19.9703983671910, 24.9088827738552], 1e-7))
    let none = try model.predict(samples, conditioningOn: .groupingFactors([]))
    #expect(none.values == [Double](repeating: model.fixedEffects.estimates[0], count: 3))
  }

  @Test("A generalized model predicts on both scales as lme4 does")
  func generalized() throws {
    let model = try Self.cbpp()
    let rows = try Self.cbppRows()
    // lme4 stops where its gradient is 1e-3.
    #expect(
      ModelFits.agree(
        try model.predict(rows, conditioningOn: .none).values,
        [0.1980809926479571, 0.0839187958558638, 0.0484259459228049, 0.0740180430116282], 1e-4))
    #expect(
      ModelFits.agree(
        try model.predict(rows, newLevels: .population).values,
        [0.3081647332132641, 0.1822308990641979, 0.0290660347572014, 0.0740180430116282], 1e-4))
    // glmmTMB 1.1.5 with rel.tol = 1e-14.
    #expect(
      ModelFits.agree(
        try model.predict(rows, scale: .link, newLevels: .population).values,
        [-0.808512265530457, -1.501470573818048, -3.509322571088731, -2.527203763927946], 1e-5))
  }

  @Test("Transformations use what the fit learnt, and offsets are read from the new data")
  func learntConstants() throws {
    let table = try simulatedTable()
    let model = try LinearMixedModel.fit(
      "y ~ 1 + scale(x) + poly(z, 2) + f + offset(z) + (1 + center(x) | g)", data: table,
      options: DesignOptions(offset: "w"))
    let all = try model.predict(table)
    for rows in [[5], [0, 71, 3], [9, 9]] {
      let some = try model.predict(table.filtered(rows: rows))
      #expect(zip(some.values, rows).allSatisfy { ModelFits.agree($0, all.values[$1], 1e-13) })
    }
  }

  @Test("Rows with missing values are predicted as missing, in their places")
  func missingValues() throws {
    let model = try ModelFits.sleepstudy()
    let rows = try DataTable(
      numeric: ["days": [.nan, 3, 4]], categorical: ["subj": ["S308", "S308", nil]])
    let predictions = try model.predict(rows)
    #expect(predictions.count == 3)
    #expect(predictions.statuses == [.missingValue, .predicted, .missingValue])
    #expect(predictions.values.map(\.isNaN) == [true, false, true])
    // A column that the prediction does not read may miss anything.
    let population = try model.predict(rows, conditioningOn: .none)
    #expect(population.values.map(\.isNaN) == [true, false, false])
    let nothing = try model.predict(rows.filtered(rows: [0, 2]), interval: .confidence(0.9))
    #expect(nothing.values.allSatisfy { $0.isNaN } && nothing.lower?.count == 2)
    #expect(try model.predict(rows.filtered(rows: [])).isEmpty)
  }

  @Test("A saved model predicts without its rows what the model predicts")
  func savedModel() throws {
    let model = try Self.cbpp()
    let saved = try SavedModel(model, data: Dataset.cbpp.table)
    let rows = try Self.cbppRows()
    for selection in [RandomEffectsSelection.all, .none] {
      let own = try model.predict(
        rows, conditioningOn: selection, newLevels: .population, otherEffects: .averaged)
      let others = try saved.predict(
        rows, conditioningOn: selection, newLevels: .population, otherEffects: .averaged)
      #expect(ModelFits.agree(others.values, own.values, 1e-14))
      #expect(others.statuses == own.statuses)
    }
  }

  @Test("Predictions become a table, row by row")
  func table() throws {
    let model = try ModelFits.sleepstudy()
    let predictions = try model.predict(
      try sleepRows(), newLevels: .missing, interval: .confidence(0.95))
    let table = try predictions.table()
    #expect(
      table.columnNames == ["prediction", "standardError", "lower", "upper", "status"])
    guard case .numeric(let values)? = table["prediction"],
      case .categorical(let statuses)? = table["status"]
    else {
      Issue.record("columns of the wrong type")
      return
    }
    #expect(Array(values.values[..<3]) == Array(predictions.values[..<3]))
    #expect(values.values[3].isNaN)
    #expect(statuses.levels == ["predicted", "newLevel", "missingValue"])
    #expect(statuses.codes == [0, 0, 0, 1])
    #expect(
      try model.predict(try sleepRows(), newLevels: .missing).table().columnNames
        == ["prediction", "status"])
  }

  @Test("Bad data are refused with what is wrong, where, and what to do")
  func errors() throws {
    let model = try ModelFits.sleepstudy()
    func text(
      _ table: DataTable, _ selection: RandomEffectsSelection = .all
    ) -> String {
      do throws(MixedModelError) {
        _ = try model.predict(table, conditioningOn: selection)
        return ""
      } catch {
        return error.description
      }
    }
    #expect(
      text(try sleepRows())
        == "The grouping factor subj has the level \"S999\" in row 4, which the rows of the fit did "
        + "not have. To predict such rows, choose population or missing for "
        + "new levels, or do not condition on subj.")
    #expect(
      text(try DataTable(numeric: ["day": [1]], categorical: ["subj": ["S308"]]))
        == "There is no column \"days\" in these data, and the model reads it. "
        + "Did you mean \"day\"? Columns: day, subj.")
    #expect(
      text(try DataTable(categorical: ["subj": ["S308"], "days": ["two"]]))
        == "The column \"days\" is categorical, not numeric. "
        + "Arithmetic and functions need a numeric column.")
    #expect(
      text(try sleepRows(), .groupingFactors(["subject"]))
        == "The model has no grouping factor \"subject\" to condition on. "
        + "Grouping factors: \"subj\".")
    let factor = try LinearMixedModel.fit("y ~ f + (1 | h & k)", data: simulatedTable())
    let unknown = try DataTable(
      categorical: ["f": ["f1", "f7"], "h": ["h1", "h1"], "k": ["k1", "k1"]])
    do {
      _ = try factor.predict(unknown)
      Issue.record("an unknown level of a predictor is an error")
    } catch {
      #expect(
        error.description
          == "The column \"f\" has the level \"f7\" in row 2, which the rows of the "
          + "fit did not have. Levels: \"f0\", \"f1\", \"f2\".")
      #expect(error.subject == .level("f7", term: "f"))
    }
    let combination = try DataTable(categorical: ["f": ["f1"], "h": ["h1"], "k": ["k9"]])
    do {
      _ = try factor.predict(combination)
      Issue.record("an unknown combination is an error")
    } catch {
      #expect(error.subject == .level("h1 & k9", term: "h & k"))
    }
  }
}
